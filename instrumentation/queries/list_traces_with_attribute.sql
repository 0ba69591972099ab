-- One row per trace in which an attribute of a span, an event, a link or the resource has a value, among the spans of a
-- page. Looking for the key first saves parsing the JSON of the other spans.
SELECT DISTINCT trace_id
FROM spans
WHERE rowid >= $first AND rowid < $past
    AND (
        (contains(attributes, $key) AND json_extract_string(attributes, $path) = $value)
        OR (contains(resource, $key) AND json_extract_string(resource, $path) = $value)
        OR (contains(events, $key) AND list_contains(
            list_transform(json_extract(events, '$[*].attributes'), lambda one: json_extract_string(one, $path)), $value
        ))
        OR (contains(links, $key) AND list_contains(
            list_transform(json_extract(links, '$[*].attributes'), lambda one: json_extract_string(one, $path)), $value
        ))
    );
