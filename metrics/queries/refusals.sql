-- One row per refused attempt to spawn.
SELECT run_id, invocation_id, member, depth, reason, at_ns
FROM refusals
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, at_ns
