-- One row per member that was considered and found irrelevant, with the domain that it stands for: its own, else that of
-- who considered it, else its name below the root.
SELECT
    skipped_members.run_id, member,
    coalesce(skipped_members.domain, invocations.domain, member) AS domain,
    runs.task_type
FROM skipped_members
JOIN runs ON runs.run_id = skipped_members.run_id
LEFT JOIN invocations
    ON invocations.run_id = skipped_members.run_id AND invocations.invocation_id = skipped_members.invocation_id
WHERE ($run_ids::VARCHAR[] IS NULL OR skipped_members.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY skipped_members.run_id, skipped_members.at_ns, member
