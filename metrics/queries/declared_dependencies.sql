-- One row per declared need of an agent for what another made: need, artifact or link.
SELECT run_id, from_id, to_id, kind
FROM dependencies
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, from_id, to_id, kind
