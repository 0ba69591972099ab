-- Forgets that the traces $trace_ids were pruned: their spans are stored again when they come.
DELETE FROM pruned_traces WHERE trace_id IN (SELECT unnest($trace_ids::VARCHAR[]));
