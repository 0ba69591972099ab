-- Remembers the traces that are pruned.
INSERT INTO pruned_traces
SELECT trace_id, $now_ns::BIGINT, FALSE FROM doomed_traces
WHERE trace_id NOT IN (SELECT trace_id FROM pruned_traces);
