-- One row per run: of how many of its agents which fact was not recorded; root is 1 where it has none. Newest first, as
-- everywhere. What an agent cannot have yet, such as the output of a running one, counts as running alone.
WITH lacking AS (
    SELECT
        run_id,
        count(*) FILTER (tier IS NULL) AS place,
        count(*) FILTER (status = 'running') AS ended,
        count(*) FILTER (duration_ms IS NULL AND status <> 'running') AS times,
        count(*) FILTER (input IS NULL) AS input,
        count(*) FILTER (output IS NULL AND status <> 'running') AS output,
        count(*) FILTER (model_calls > 0 AND input_tokens IS NULL AND output_tokens IS NULL) AS tokens,
        count(*) FILTER (model_calls > 0 AND cost_usd IS NULL) AS cost
    FROM invocations
    WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
    GROUP BY run_id
)
SELECT runs.run_id, label, agents, (root_id IS NULL)::BIGINT AS root, lacking.* EXCLUDE (run_id)
FROM runs
LEFT JOIN lacking USING (run_id)
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
ORDER BY runs.started_ns DESC NULLS LAST, label, run_id
