-- One row per agent invocation of the runs, without its texts. Times in ns, durations in ms; parents before children.
SELECT
    invocations.run_id, invocation_id, parent_id, position, agent, tier, role, declared_role, domain,
    invocations.status, invocations.started_ns, invocations.ended_ns, invocations.duration_ms, self_ms, queued_ms,
    invocations.input_tokens, invocations.output_tokens, model_calls, invocations.cost_usd, cost_note,
    runs.label, runs.project, runs.version, runs.task_type
FROM invocations
JOIN runs USING (run_id)
WHERE ($run_ids::VARCHAR[] IS NULL OR runs.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY invocations.run_id, position
