-- One row per run that has every attribute asked for, on its root's span, on a span without a parent, or on the resource
-- of either. $paths are JSON paths, $values what stands there as text, in the same order.
WITH asked AS (
    SELECT unnest($paths::VARCHAR[]) AS path, unnest($values::VARCHAR[]) AS value
),
roots AS (
    SELECT run_id, attributes, resource
    FROM spans
    JOIN trace_runs USING (trace_id)
    JOIN runs USING (run_id)
    WHERE parent_span_id IS NULL OR format('{}:{}', trace_id, span_id) = root_id
)
SELECT run_id
FROM roots, asked
WHERE json_extract_string(attributes, path) = value OR json_extract_string(resource, path) = value
GROUP BY run_id
HAVING count(DISTINCT (path, value)) = len(list_distinct(list_zip($paths::VARCHAR[], $values::VARCHAR[])))
ORDER BY run_id
