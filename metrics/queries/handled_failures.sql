-- One row per agent that failed and was not left at that: recovered says that its parent tried again, or had somebody else
-- try; escalated that a level above was asked.
WITH handled AS (
    SELECT run_id, failed_id AS invocation_id, TRUE AS recovered, FALSE AS escalated FROM recoveries
    UNION ALL
    SELECT run_id, asker_id, FALSE, TRUE FROM escalations
)
SELECT run_id, invocation_id, bool_or(recovered) AS recovered, bool_or(escalated) AS escalated
FROM handled
WHERE invocation_id IS NOT NULL AND ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
GROUP BY run_id, invocation_id
ORDER BY run_id, invocation_id
