-- One row per trace in which a text was recorded anywhere, among the spans of a page; $forms are the ways in which the
-- text may be escaped.
SELECT DISTINCT trace_id
FROM spans
WHERE rowid >= $first AND rowid < $past
    AND len(list_filter(
        $forms::VARCHAR[],
        lambda form: contains(concat_ws(chr(10), name, status_message, attributes, events, links, resource), form)
    )) > 0;
