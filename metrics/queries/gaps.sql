-- One row per failure token that a parent went on with. Times in ns.
SELECT run_id, invocation_id, member, domain, status, reason, partial, at_ns
FROM gaps
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, at_ns, member
