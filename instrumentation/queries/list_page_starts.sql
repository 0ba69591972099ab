-- One row per page of about $page_spans spans of the chosen traces (all where null), by start: the first start time of
-- the page.
SELECT start_ns
FROM (
    SELECT start_ns, row_number() OVER (ORDER BY start_ns) - 1 AS place
    FROM spans
    WHERE $trace_ids::VARCHAR[] IS NULL OR trace_id IN (SELECT unnest($trace_ids::VARCHAR[]))
)
WHERE place % $page_spans = 0
ORDER BY place;
