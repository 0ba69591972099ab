-- One row per check, by the orchestrator itself, that a critical signal stands verbatim in an agent's output.
SELECT run_id, invocation_id, text, verified
FROM critical_checks
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, invocation_id, text
