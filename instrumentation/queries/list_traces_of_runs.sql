-- One row per trace of the given runs: its id.
SELECT DISTINCT trace_id FROM trace_runs WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[])) ORDER BY trace_id;
