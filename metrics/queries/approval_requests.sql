-- One row per request for an approval: how it ended, and how long it kept its asker waiting. Times in ms; status is
-- waiting where no end was recorded.
WITH requests AS (
    SELECT
        run_id,
        coalesce(approval_id, format('{}?{}', invocation_id, rowid)) AS request,
        arg_min(invocation_id, at_ns) AS invocation_id,
        max(kind) AS kind,
        coalesce(max(status) FILTER (status <> 'requested'), 'waiting') AS status,
        max(level) AS level,
        max(quorum) AS quorum,
        coalesce(
            max(waited_ms), CASE WHEN bool_or(status <> 'requested') AND count(*) > 1 THEN (max(at_ns) - min(at_ns)) / 1e6 END
        ) AS waited_ms
    FROM approvals
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
    GROUP BY run_id, request
)
SELECT
    requests.run_id, request, requests.invocation_id, kind, requests.status, level, quorum, waited_ms,
    agent, tier, domain,
    runs.label, runs.project, runs.version, runs.task_type
FROM requests
JOIN runs ON runs.run_id = requests.run_id
LEFT JOIN invocations
    ON invocations.run_id = requests.run_id AND invocations.invocation_id = requests.invocation_id
ORDER BY requests.run_id, request
