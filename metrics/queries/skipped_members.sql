-- One row per member that was considered and found irrelevant, with the domain that it stands for: its own, else that of
-- who considered it, else its name below the root. Materialized, since a scan would compare the id of every agent.
WITH skipped AS (
    SELECT run_id, invocation_id, member, domain, at_ns
    FROM skipped_members
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
),
agents AS MATERIALIZED (
    SELECT run_id, invocation_id, domain
    FROM invocations
    WHERE run_id IN (SELECT run_id FROM skipped)
)
SELECT
    skipped.run_id, member, coalesce(skipped.domain, agents.domain, member) AS domain,
    runs.task_type
FROM skipped
JOIN runs ON runs.run_id = skipped.run_id
LEFT JOIN agents ON agents.run_id = skipped.run_id AND agents.invocation_id = skipped.invocation_id
ORDER BY skipped.run_id, at_ns, member
