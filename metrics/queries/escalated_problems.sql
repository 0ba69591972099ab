-- One row per problem that was taken up the hierarchy: who had it, which level was asked last, whether it was resolved.
-- Tiers count from the root, 0, by the length of the recorded paths, else by the place of who recorded it. Times in ms.
WITH steps AS (
    SELECT
        *,
        coalesce(escalation_id, format('{}!{}', invocation_id, rowid)) AS problem,
        CASE WHEN to_path IS NOT NULL THEN length(to_path) - length(replace(to_path, '/', '')) END AS to_tier
    FROM escalations
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
),
problems AS (
    SELECT
        run_id, problem,
        arg_min(invocation_id, at_ns) AS invocation_id,
        max(reason) AS reason,
        max(from_path) AS from_path,
        arg_max(to_tier, (status = 'resolved', at_ns)) AS to_tier,
        count(DISTINCT to_path) AS levels_asked,
        bool_or(status = 'resolved') AS resolved,
        max(answer) AS answer,
        CASE WHEN bool_or(status = 'resolved') THEN (max(at_ns) - min(at_ns)) / 1e6 END AS waited_ms
    FROM steps
    GROUP BY run_id, problem
)
SELECT
    problems.run_id, problem, problems.invocation_id, reason, answer, levels_asked, resolved, waited_ms,
    coalesce(length(from_path) - length(replace(from_path, '/', '')), invocations.tier)::INTEGER AS from_tier,
    to_tier::INTEGER AS to_tier,
    coalesce(split_part(from_path, '/', -1), invocations.agent) AS agent,
    invocations.domain,
    runs.label, runs.project, runs.version, runs.task_type
FROM problems
JOIN runs ON runs.run_id = problems.run_id
LEFT JOIN invocations
    ON invocations.run_id = problems.run_id AND invocations.invocation_id = problems.invocation_id
ORDER BY problems.run_id, problem
