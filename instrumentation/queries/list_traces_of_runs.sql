-- One row per trace of the given runs: its id.
SELECT DISTINCT trace_id FROM trace_runs WHERE list_contains($run_ids::VARCHAR[], run_id) ORDER BY trace_id;
