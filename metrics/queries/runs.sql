-- One row per run. Times in ns, durations in ms.
SELECT
    run_id, label, root_agent, project, version, task_type, recorder, imported_from, status,
    started_ns, ended_ns, duration_ms, agents, orphan_agents, max_depth, spawn_limit,
    spans, orphan_spans, traces, input_tokens, output_tokens, cost_usd, simulated_share, notes
FROM runs
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY started_ns DESC NULLS LAST, label, run_id
