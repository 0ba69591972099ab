-- One row per run that has any: how many of its agents begin before the agent above them, or end before they begin.
WITH agents AS (
    SELECT run_id, invocation_id, parent_id, started_ns, ended_ns
    FROM invocations
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
)
SELECT agents.run_id, count(*) AS order_in_time
FROM agents
LEFT JOIN agents AS parents ON parents.run_id = agents.run_id AND parents.invocation_id = agents.parent_id
WHERE agents.started_ns < parents.started_ns OR agents.ended_ns < agents.started_ns
GROUP BY agents.run_id
ORDER BY agents.run_id
