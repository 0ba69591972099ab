-- Fills an empty store with $runs runs of a root, 3 domains and 15 leaves, 50 spans each, with times in ms and ids drawn
-- from hashes: the same store every time. Every 20th run has a leaf that was late: a failure token, a retry, an
-- escalation and an approval; every 10th skipped a domain.
CREATE TEMP MACRO trace(run) AS md5(run::VARCHAR);
CREATE TEMP MACRO span(run, number) AS left(md5(format('{}-{}', run, number)), 16);
CREATE TEMP MACRO began(run) AS 1700000000000000000 + run * 1000000000;

CREATE TEMP TABLE members AS
SELECT number, CASE WHEN number = 0 THEN NULL WHEN number < 4 THEN 0 ELSE (number - 4) // 5 + 1 END AS parent
FROM range(19) AS numbers (number);

INSERT INTO runs BY NAME
SELECT
    trace(run) AS run_id, 'run ' || run AS label, trace(run) || ':' || span(run, 0) AS root_id, 'root' AS root_agent,
    'bench' AS project, 'v' || run % 3 AS version, 'task' || run % 5 AS task_type, 'tierscope' AS recorder,
    'ok' AS status, began(run) AS started_ns, began(run) + 900000000 AS ended_ns, 900 AS duration_ms,
    19 AS agents, 0 AS orphan_agents, 2 AS max_depth, 3 AS spawn_limit, 50 AS spans, 0 AS orphan_spans, 1 AS traces,
    19000 AS input_tokens, 1900 AS output_tokens, 0.19 AS cost_usd, '[]' AS notes
FROM range($runs) AS runs (run);

INSERT INTO invocations BY NAME
SELECT
    trace(run) AS run_id,
    trace(run) || ':' || span(run, number) AS invocation_id,
    trace(run) || ':' || span(run, parent) AS parent_id,
    number AS position,
    CASE WHEN number = 0 THEN 'root' WHEN number < 4 THEN 'domain' || number ELSE 'leaf' || number END AS agent,
    CASE WHEN number = 0 THEN 0 WHEN number < 4 THEN 1 ELSE 2 END AS tier,
    CASE WHEN number = 0 THEN 'root' WHEN number < 4 THEN 'domain' ELSE 'leaf' END AS role,
    CASE WHEN number > 0 THEN 'domain' || coalesce(nullif(parent, 0), number) END AS domain,
    '' AS path,
    CASE WHEN run % 20 = 0 AND number = 7 THEN 'timeout' ELSE 'ok' END AS status,
    began(run) + CASE WHEN number = 0 THEN 0 WHEN number < 4 THEN 10000000 ELSE 20000000 END AS started_ns,
    began(run) + CASE
        WHEN number = 0 THEN 900000000 WHEN number < 4 THEN 800000000 ELSE 30000000 + hash(run, number) % 700000000
    END AS ended_ns,
    (ended_ns - started_ns) / 1e6 AS duration_ms,
    10 AS self_ms, 1000 AS input_tokens, 100 AS output_tokens, 1 AS model_calls, 0.01 AS cost_usd,
    'declared' AS tier_source, 1 AS tier_confidence, '[]' AS evidence
FROM range($runs) AS runs (run), members
ORDER BY run, number;

INSERT INTO model_calls BY NAME
SELECT
    run_id, invocation_id || '#' AS call_id, invocation_id, 'demo' AS provider, 'model-' || position % 3 AS model,
    input_tokens, output_tokens, cost_usd, started_ns, ended_ns, 'ok' AS status
FROM invocations;

CREATE TEMP TABLE late AS
SELECT run_id, invocation_id, parent_id, agent, domain, ended_ns FROM invocations WHERE status = 'timeout';

INSERT INTO gaps BY NAME
SELECT run_id, parent_id AS invocation_id, agent AS member, domain, 'timeout' AS status, ended_ns AS at_ns FROM late;

INSERT INTO recoveries BY NAME
SELECT run_id, parent_id AS invocation_id, 'retry' AS step, agent AS member, ended_ns AS at_ns FROM late;

INSERT INTO escalations BY NAME
SELECT
    run_id, parent_id AS invocation_id, agent AS escalation_id, 'beyond_capability' AS reason,
    'root/' || domain || '/' || agent AS from_path, 'root/' || domain AS to_path, 'open' AS status, ended_ns AS at_ns
FROM late;

INSERT INTO approvals BY NAME
SELECT
    run_id, parent_id AS invocation_id, agent AS approval_id, 'publish' AS kind, 'approved' AS status,
    hash(invocation_id) % 1000 AS waited_ms, ended_ns AS at_ns
FROM late;

INSERT INTO skipped_members BY NAME
SELECT run_id, root_id AS invocation_id, 'domain4' AS member, started_ns AS at_ns
FROM runs
WHERE ends_with(label, '0');

INSERT INTO spans BY NAME
SELECT
    trace(run) AS trace_id, span(run, number) AS span_id, 'span' AS name, 'internal' AS kind,
    began(run) + number AS start_ns, start_ns + 1000 AS end_ns,
    'ok' AS status, '' AS status_message, '' AS scope_name, '' AS scope_version,
    '{}' AS attributes, '[]' AS events, '[]' AS links, '{}' AS resource
FROM range($runs) AS runs (run), range(50) AS numbers (number)
ORDER BY run, number;
