-- One row per thing that was done about a member: retry, reassign or revise by its parent, cancel or redirect by somebody
-- who intervened, rollback of what it had done. worked says whether the attempt that followed ended ok, or the rollback
-- went through; null where nothing followed. Tokens and cost are those of the attempt alone.
WITH done AS (
    SELECT run_id, invocation_id, step, member, reason, at_ns, NULL::BOOLEAN AS worked FROM recoveries
    UNION ALL BY NAME
    SELECT run_id, invocation_id, kind AS step, member, reason, at_ns, NULL::BOOLEAN AS worked FROM interventions
    UNION ALL BY NAME
    SELECT
        run_id, invocation_id, 'rollback' AS step, split_part(path, '/', -1) AS member, error AS reason, at_ns,
        error IS NULL AS worked
    FROM rollbacks
),
steps AS (
    SELECT * FROM done WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
),
agents AS (
    SELECT
        run_id, invocation_id, parent_id, agent, tier, domain, status, started_ns, duration_ms, cost_usd,
        coalesce(input_tokens + output_tokens, input_tokens, output_tokens) AS tokens
    FROM invocations
    WHERE run_id IN (SELECT run_id FROM steps)
)
SELECT
    steps.run_id, steps.invocation_id, step, steps.member, reason, steps.at_ns,
    coalesce(
        worked, CASE WHEN attempt.status <> 'running' AND step <> 'cancel' THEN attempt.status = 'ok' END
    ) AS worked,
    attempt.invocation_id AS attempt_id,
    CASE WHEN step NOT IN ('cancel', 'rollback') THEN attempt.duration_ms END AS attempt_ms,
    CASE WHEN step NOT IN ('cancel', 'rollback') THEN attempt.tokens END AS tokens,
    CASE WHEN step NOT IN ('cancel', 'rollback') THEN attempt.cost_usd END AS cost_usd,
    parent.agent, parent.tier, parent.domain,
    runs.label, runs.project, runs.version, runs.task_type
FROM steps
JOIN runs ON runs.run_id = steps.run_id
LEFT JOIN agents AS parent
    ON parent.run_id = steps.run_id AND parent.invocation_id = steps.invocation_id
ASOF LEFT JOIN agents AS attempt
    ON attempt.run_id = steps.run_id AND attempt.parent_id = steps.invocation_id AND attempt.agent = steps.member
    AND attempt.started_ns >= steps.at_ns
ORDER BY steps.run_id, steps.at_ns, step, steps.member
