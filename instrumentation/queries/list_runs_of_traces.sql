-- One row per run that has spans in the given traces: its id.
SELECT DISTINCT run_id FROM trace_runs WHERE list_contains($trace_ids::VARCHAR[], trace_id) ORDER BY run_id;
