-- One row per trace of the runs.
SELECT run_id, trace_id
FROM trace_runs
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY run_id, trace_id
