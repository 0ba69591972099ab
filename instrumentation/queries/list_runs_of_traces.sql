-- One row per run that has spans in the given traces: its id.
SELECT DISTINCT run_id FROM trace_runs WHERE trace_id IN (SELECT unnest($trace_ids::VARCHAR[])) ORDER BY run_id;
