-- Adds the keys of the batch that are not stored yet.
INSERT INTO trace_keys SELECT trace_id, key FROM batch_keys EXCEPT SELECT trace_id, key FROM trace_keys;
