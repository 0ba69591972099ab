-- One row per (trace, key), of the given traces and of every trace that keys connect them with, with the trace's
-- extent, how many of its spans arrived since it was derived, and when the first of these did. A run that was derived
-- is a key of its traces. A conversation of very many traces connects nothing.
WITH RECURSIVE extents AS (
    SELECT
        trace_id,
        min(first_ns) AS first_ns,
        max(last_ns) AS last_ns,
        sum(spans)::BIGINT AS spans,
        coalesce(sum(spans) FILTER (WHERE arrived_ns IS NOT NULL), 0)::BIGINT AS fresh_spans,
        min(arrived_ns) AS waiting_since_ns
    FROM (SELECT * FROM stale_traces UNION ALL BY NAME SELECT DISTINCT * EXCLUDE (run_id) FROM trace_runs)
    GROUP BY trace_id
), keys AS (
    SELECT trace_id, key FROM trace_keys
    WHERE key NOT IN (
        SELECT key FROM trace_keys WHERE key LIKE 'conversation:%' GROUP BY key HAVING count(*) > $most_traces
    )
    UNION ALL
    SELECT trace_id, 'derived:' || run_id FROM trace_runs
), reached AS (
    SELECT unnest($trace_ids::VARCHAR[]) AS trace_id
    UNION
    SELECT other.trace_id
    FROM reached JOIN keys AS own USING (trace_id) JOIN keys AS other ON other.key = own.key
)
SELECT trace_id, key, first_ns, last_ns, spans, fresh_spans, waiting_since_ns
FROM reached JOIN extents USING (trace_id) LEFT JOIN keys USING (trace_id)
ORDER BY first_ns, trace_id, key;
