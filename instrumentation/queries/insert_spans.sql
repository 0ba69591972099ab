-- Adds every span of the batch that is not stored (any more), except those of traces that were pruned.
INSERT INTO spans BY NAME
SELECT * FROM batch
WHERE NOT EXISTS (
    FROM spans
    WHERE spans.start_ns BETWEEN $first_start_ns AND $last_start_ns
        AND spans.trace_id = batch.trace_id
        AND spans.span_id = batch.span_id
)
    AND batch.trace_id NOT IN (SELECT trace_id FROM pruned_traces);
