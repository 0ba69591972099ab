-- One row per agent invocation of the runs, with what it was given and what it returned; parents before children.
SELECT
    invocations.run_id, invocation_id, parent_id, agent, tier, role, domain, invocations.status,
    invocations.started_ns, invocations.ended_ns, input, output,
    runs.label, runs.project, runs.version, runs.task_type
FROM invocations
JOIN runs USING (run_id)
WHERE ($run_ids::VARCHAR[] IS NULL OR runs.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY invocations.run_id, position
