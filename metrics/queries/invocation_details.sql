-- One row per invocation id asked for: its texts, and why it has its tier. Times in ns, durations in ms.
SELECT
    run_id, invocation_id, parent_id, agent, tier, role, declared_role, domain, path, status, status_message,
    started_ns, ended_ns, duration_ms, self_ms, input, output,
    input_tokens, output_tokens, model_calls, cost_usd, cost_note,
    tier_source, tier_confidence, evidence
FROM invocations
WHERE invocation_id = $invocation_id
