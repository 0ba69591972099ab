-- One row per span of a batch, in the batch's order: what is read often, taken out of the attributes here, once, and in
-- one pass, since parsing JSON is what costs.
SELECT
    resource->>'$."service.name"' AS service,
    taken[1] AS operation,
    taken[2] AS agent_name,
    taken[3] AS declared_run_id,
    taken[4] AS conversation_id
FROM (
    SELECT
        resource,
        json_extract_string(attributes, [
            '$."gen_ai.operation.name"', '$."gen_ai.agent.name"', '$."tierscope.run.id"', '$."gen_ai.conversation.id"'
        ]) AS taken
    FROM incoming
);
