-- One row per instrumentation scope of spans in runs without agents, most spans first: its name and how many.
SELECT scope_name, count(*) AS spans
FROM spans
WHERE trace_id IN (SELECT trace_id FROM trace_runs JOIN runs USING (run_id) WHERE agents = 0)
GROUP BY scope_name
ORDER BY count(*) DESC, scope_name
LIMIT 5;
