-- One row per (trace_id, span_id) of what arrived: the row to keep, which is a finished record before a pending one,
-- then the one that arrived last.
SELECT arg_min(arrival, (end_ns IS NULL, -arrival)) AS arrival FROM incoming GROUP BY trace_id, span_id ORDER BY arrival;
