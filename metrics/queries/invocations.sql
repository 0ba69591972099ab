-- One row per agent invocation of the runs, without its texts. Times in ns, durations in ms; parents before children.
SELECT
    run_id, invocation_id, parent_id, agent, tier, role, domain, status,
    started_ns, ended_ns, duration_ms, self_ms,
    input_tokens, output_tokens, model_calls, cost_usd, cost_note
FROM invocations
WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[]))
ORDER BY run_id, position
