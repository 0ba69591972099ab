-- One row: the number of spans stored of the traces $trace_ids.
SELECT count(*) AS spans
FROM spans
WHERE trace_id IN (SELECT unnest($trace_ids::VARCHAR[]))
