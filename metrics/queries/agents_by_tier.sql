-- One row per (tier, role) of the runs; the tier of orphans is null. Counts of agent invocations and of runs.
SELECT
    tier,
    role,
    count(*) AS agents,
    count(DISTINCT agent) AS distinct_agents,
    count(DISTINCT run_id) AS runs
FROM invocations
WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[]))
GROUP BY tier, role
ORDER BY tier NULLS LAST, role
