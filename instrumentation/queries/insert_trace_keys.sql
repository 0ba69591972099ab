-- Adds the keys of the batch that are not stored yet, except those of traces that were pruned.
INSERT INTO trace_keys
SELECT trace_id, key FROM batch_keys WHERE trace_id NOT IN (SELECT trace_id FROM pruned_traces)
EXCEPT
SELECT trace_id, key FROM trace_keys;
