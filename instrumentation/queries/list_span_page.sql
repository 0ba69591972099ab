-- One row per span of the chosen traces (all where null) that started from $from_ns on and before $to_ns (ever after
-- where null), by start.
SELECT *
FROM spans
WHERE start_ns >= $from_ns AND ($to_ns::BIGINT IS NULL OR start_ns < $to_ns)
    AND ($trace_ids::VARCHAR[] IS NULL OR trace_id IN (SELECT unnest($trace_ids::VARCHAR[])))
ORDER BY start_ns, trace_id, span_id;
