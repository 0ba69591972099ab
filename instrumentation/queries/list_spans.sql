-- One row per span of the given traces, by start; the range of start times, where given, saves reading the others.
SELECT
    trace_id, span_id, parent_span_id, name, kind, start_ns, end_ns, status, status_message, scope_name,
    scope_version, attributes, events, links, resource
FROM spans
WHERE trace_id IN (SELECT unnest($trace_ids::VARCHAR[]))
    AND start_ns BETWEEN coalesce($first_ns, 0) AND coalesce($last_ns, 9223372036854775807)
ORDER BY start_ns, trace_id, span_id;
