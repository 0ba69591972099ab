-- One row per span of the given traces, by start.
SELECT
    trace_id, span_id, parent_span_id, name, kind, start_ns, end_ns, status, status_message, scope_name,
    scope_version, attributes, events, links, resource
FROM spans
WHERE list_contains($trace_ids, trace_id)
ORDER BY start_ns, trace_id, span_id;
