-- Fills an empty store with $runs runs of a root, 3 domains and 15 leaves, 50 spans each, with times in ms drawn from
-- hashes: the same store every time. Every 20th run has a leaf that failed, and a failure token.
CREATE TEMP TABLE members AS
SELECT number, CASE WHEN number = 0 THEN NULL WHEN number < 4 THEN 0 ELSE (number - 4) // 5 + 1 END AS parent
FROM range(19) AS numbers (number);

INSERT INTO runs
SELECT
    format('{:032x}', run), 'run ' || run, format('{:032x}:{:016x}', run, 0), 'root', 'bench', 'v' || run % 3,
    'task' || run % 5, 'tierscope', NULL, 'ok', run * 1000000000, run * 1000000000 + 900000000, 900, 19, 0, 2, 3,
    50, 0, 1, 19000, 1900, 0.19, NULL, '[]'
FROM range($runs) AS runs (run);

INSERT INTO invocations
SELECT
    format('{:032x}', run), format('{:032x}:{:016x}', run, number),
    CASE WHEN parent IS NOT NULL THEN format('{:032x}:{:016x}', run, parent) END,
    number, CASE WHEN number = 0 THEN 'root' WHEN number < 4 THEN 'domain' || number ELSE 'leaf' || number END,
    CASE WHEN number = 0 THEN 0 WHEN number < 4 THEN 1 ELSE 2 END,
    CASE WHEN number = 0 THEN 'root' WHEN number < 4 THEN 'domain' ELSE 'leaf' END,
    NULL, CASE WHEN number > 0 THEN 'domain' || coalesce(nullif(parent, 0), number) END, '',
    CASE WHEN run % 20 = 0 AND number = 7 THEN 'timeout' ELSE 'ok' END, NULL,
    run * 1000000000 + CASE WHEN number = 0 THEN 0 WHEN number < 4 THEN 10000000 ELSE 20000000 END,
    run * 1000000000 + CASE
        WHEN number = 0 THEN 900000000 WHEN number < 4 THEN 800000000 ELSE 30000000 + hash(run, number) % 700000000
    END,
    CASE WHEN number = 0 THEN 900 WHEN number < 4 THEN 790 ELSE (10000000 + hash(run, number) % 700000000) / 1e6 END,
    10, NULL, NULL, 1000, 100, 1, 0.01, NULL, 'declared', 1, '[]'
FROM range($runs) AS runs (run), members;

INSERT INTO model_calls
SELECT
    run_id, invocation_id || '#', invocation_id, 'demo', 'model-' || position % 3, input_tokens, output_tokens, cost_usd,
    started_ns, ended_ns, 'ok'
FROM invocations;

INSERT INTO gaps
SELECT run_id, parent_id, agent, domain, 'timeout', 'late', NULL, ended_ns FROM invocations WHERE status = 'timeout';

INSERT INTO spans BY NAME
SELECT
    format('{:032x}', run) AS trace_id, format('{:016x}', number) AS span_id, 'span' AS name, 'internal' AS kind,
    run * 1000000000 + number AS start_ns, run * 1000000000 + number + 1000 AS end_ns,
    'ok' AS status, '' AS status_message, '' AS scope_name, '' AS scope_version,
    '{}' AS attributes, '[]' AS events, '[]' AS links, '{}' AS resource
FROM range($runs) AS runs (run), range(50) AS numbers (number);
