-- One row per run that has any: how many of its agents begin before the agent above them, or end before they begin.
SELECT agents.run_id, count(*) AS order_in_time
FROM invocations AS agents
LEFT JOIN invocations AS parents ON parents.invocation_id = agents.parent_id
WHERE ($run_ids::VARCHAR[] IS NULL OR agents.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
  AND (agents.started_ns < parents.started_ns OR agents.ended_ns < agents.started_ns)
GROUP BY agents.run_id
ORDER BY agents.run_id
