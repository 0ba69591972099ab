-- One row per tool call that named its source or recorded its result: the spans above it, nearest first, and both texts.
-- Of a trace that holds several runs a call belongs to the one whose invocation is among these spans.
WITH calls AS (
    SELECT trace_runs.run_id, spans.trace_id, spans.parent_span_id, spans.attributes
    FROM spans
    JOIN trace_runs USING (trace_id)
    WHERE ($run_ids::VARCHAR[] IS NULL OR trace_runs.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
      AND (spans.operation = 'execute_tool' OR contains(spans.attributes, '"openinference.span.kind":"TOOL"'))
),
texts AS (
    SELECT
        run_id, trace_id, parent_span_id,
        json_extract_string(attributes, '$."tierscope.source"') AS source,
        coalesce(
            json_extract_string(attributes, '$."gen_ai.tool.call.result"'),
            json_extract_string(attributes, '$."output.value"')
        ) AS result
    FROM calls
),
shared AS (
    SELECT trace_id
    FROM trace_runs
    WHERE trace_id IN (SELECT trace_id FROM texts)
    GROUP BY trace_id
    HAVING count(*) > 1
),
agents AS (
    SELECT run_id, invocation_id
    FROM invocations
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
)
SELECT
    texts.run_id,
    texts.trace_id || ':' || texts.parent_span_id AS parent_id,
    texts.trace_id || ':' || parents.parent_span_id AS grandparent_id,
    texts.source, texts.result
FROM texts
LEFT JOIN spans AS parents ON parents.trace_id = texts.trace_id AND parents.span_id = texts.parent_span_id
WHERE (texts.source IS NOT NULL OR texts.result IS NOT NULL)
  AND (
      texts.trace_id NOT IN (FROM shared)
      OR (texts.run_id, texts.trace_id || ':' || texts.parent_span_id) IN (SELECT (run_id, invocation_id) FROM agents)
      OR (texts.run_id, texts.trace_id || ':' || parents.parent_span_id) IN (SELECT (run_id, invocation_id) FROM agents)
  )
ORDER BY texts.run_id, parent_id, texts.source, texts.result
