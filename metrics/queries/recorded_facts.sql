-- One row per agent invocation of the runs: which facts were recorded of it. tier is null for an orphan.
SELECT
    invocations.run_id, invocation_id, tier, role, domain, agent,
    invocations.duration_ms IS NOT NULL AS timed,
    input IS NOT NULL AS has_input,
    output IS NOT NULL AS has_output,
    model_calls > 0 AS calls_models,
    invocations.input_tokens IS NOT NULL OR invocations.output_tokens IS NOT NULL AS has_tokens,
    invocations.cost_usd IS NOT NULL AS has_cost,
    tier_confidence,
    runs.label, runs.project, runs.version, runs.task_type
FROM invocations
JOIN runs USING (run_id)
WHERE ($run_ids::VARCHAR[] IS NULL OR runs.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY invocations.run_id, position
