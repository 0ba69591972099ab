-- One row per (trace, key) of a batch: traces that share a key may belong to one run. A key is a declared run, a
-- conversation, or a trace that is linked to; a linked trace has its own key.
WITH keys AS (
    SELECT trace_id, 'run:' || declared_run_id AS key FROM batch
    UNION
    SELECT trace_id, 'conversation:' || conversation_id FROM batch
    UNION
    SELECT trace_id, 'trace:' || linked
    FROM (SELECT trace_id, unnest(links->>'$[*].trace_id') AS linked FROM batch WHERE links <> '[]')
    WHERE linked <> trace_id
)
SELECT trace_id, key FROM keys WHERE key IS NOT NULL
UNION
SELECT substr(key, 7), key FROM keys WHERE key LIKE 'trace:%';
