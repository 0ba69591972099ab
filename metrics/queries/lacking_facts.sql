-- One row per question: of how many agents of the runs which fact was not recorded; how many runs there are, and how many
-- of them have no root. What an agent cannot have yet, such as the output of a running one, counts as running alone.
WITH agents AS (
    SELECT invocations.*, parents.started_ns AS parent_started_ns
    FROM invocations
    LEFT JOIN invocations AS parents ON parents.invocation_id = invocations.parent_id
    WHERE invocations.run_id IN (SELECT unnest($run_ids::VARCHAR[]))
)
SELECT
    count(*) AS agents,
    count(*) FILTER (tier IS NULL) AS place,
    count(*) FILTER (status = 'running') AS ended,
    count(*) FILTER (duration_ms IS NULL AND status <> 'running') AS times,
    count(*) FILTER (started_ns < parent_started_ns OR ended_ns < started_ns) AS order_in_time,
    count(*) FILTER (input IS NULL) AS input,
    count(*) FILTER (output IS NULL AND status <> 'running') AS output,
    count(*) FILTER (model_calls > 0 AND input_tokens IS NULL AND output_tokens IS NULL) AS tokens,
    count(*) FILTER (model_calls > 0 AND cost_usd IS NULL) AS cost,
    (SELECT count(*) FROM runs WHERE run_id IN (SELECT unnest($run_ids::VARCHAR[]))) AS runs,
    (SELECT count(*) FROM runs WHERE root_id IS NULL AND run_id IN (SELECT unnest($run_ids::VARCHAR[]))) AS root
FROM agents
