-- One row per request to a model, with the agent that made it.
WITH agents AS (
    SELECT run_id, invocation_id, agent, tier, role, domain
    FROM invocations
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
)
SELECT
    model_calls.run_id, call_id, model_calls.invocation_id, provider, model,
    model_calls.input_tokens, model_calls.output_tokens, model_calls.cost_usd, model_calls.status,
    model_calls.started_ns,
    agent, tier, role, domain,
    runs.label, runs.project, runs.version, runs.task_type
FROM model_calls
JOIN runs USING (run_id)
LEFT JOIN agents ON agents.run_id = model_calls.run_id AND agents.invocation_id = model_calls.invocation_id
WHERE ($run_ids::VARCHAR[] IS NULL OR runs.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY model_calls.run_id, call_id
