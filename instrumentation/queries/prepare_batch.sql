-- One row per (trace_id, span_id) of a batch, as it enters the table spans: a finished record before a pending one,
-- then the one that arrived last. What is read often is taken out of the attributes here, once.
SELECT
    * EXCLUDE (arrival),
    resource->>'$."service.name"' AS service,
    attributes->>'$."gen_ai.operation.name"' AS operation,
    attributes->>'$."gen_ai.agent.name"' AS agent_name
FROM incoming
QUALIFY row_number() OVER (PARTITION BY trace_id, span_id ORDER BY end_ns IS NULL, arrival DESC) = 1
ORDER BY start_ns;
