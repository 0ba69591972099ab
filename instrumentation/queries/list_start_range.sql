-- One row: the first and last start time at which a span of the batch may stand in the store, which is the extent of the
-- batch and of what is known of its traces. A span that is sent again may have another start.
WITH known AS (
    SELECT trace_id, first_ns, last_ns FROM stale_traces
    UNION ALL
    SELECT trace_id, first_ns, last_ns FROM trace_runs
)
SELECT min(first_ns) AS first_start_ns, max(last_ns) AS last_start_ns
FROM (
    SELECT first_ns, last_ns FROM known WHERE trace_id IN (SELECT trace_id FROM batch_extents)
    UNION ALL
    SELECT min(start_ns), max(start_ns) FROM batch
);
