-- One row per trace among $trace_ids that was pruned: its id.
SELECT trace_id FROM pruned_traces WHERE trace_id IN (SELECT unnest($trace_ids::VARCHAR[]));
