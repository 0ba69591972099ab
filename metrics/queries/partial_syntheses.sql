-- One row per invocation that offered a synthesis before it was complete: when the first came, what it said, and what
-- the final one says. Times in ms since the invocation began.
WITH offered AS (
    SELECT
        run_id, invocation_id, count(*) AS partials, min(at_ns) AS first_ns, arg_min(text, at_ns) AS first_text
    FROM partial_syntheses
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
    GROUP BY run_id, invocation_id
)
SELECT
    offered.run_id, offered.invocation_id, partials,
    greatest(0, first_ns - invocations.started_ns) / 1e6 AS first_ms,
    invocations.duration_ms, first_text, output, agent, tier, domain,
    runs.label, runs.project, runs.version, runs.task_type
FROM offered
JOIN runs ON runs.run_id = offered.run_id
JOIN invocations ON invocations.run_id = offered.run_id AND invocations.invocation_id = offered.invocation_id
ORDER BY offered.run_id, position
