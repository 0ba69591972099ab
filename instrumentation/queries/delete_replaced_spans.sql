-- Removes the stored form of every span of the batch that is newer: a pending record never replaces a finished span.
-- The range of start times keeps the join off the row groups in which the batch cannot be.
DELETE FROM spans USING batch
WHERE spans.start_ns BETWEEN $first_start_ns AND $last_start_ns
    AND spans.trace_id = batch.trace_id
    AND spans.span_id = batch.span_id
    AND (batch.end_ns IS NOT NULL OR spans.end_ns IS NULL);
