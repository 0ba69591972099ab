-- One row per trace that is stale, and per derived trace that ran within $gap_ns of a stale one of the same source.
-- Stale is a trace of which spans arrived, or whose run is running although nothing in it happened since
-- $silent_since_ns.
WITH running AS (
    SELECT * FROM trace_runs WHERE run_id IN (SELECT run_id FROM runs WHERE status = 'running')
), silent AS (
    SELECT * FROM running WHERE run_id NOT IN (SELECT run_id FROM running WHERE last_ns >= $silent_since_ns)
), stale AS (
    SELECT trace_id, any_value(source) AS source, min(first_ns) AS first_ns, max(last_ns) AS last_ns
    FROM (SELECT * FROM stale_traces UNION ALL BY NAME SELECT * FROM silent)
    GROUP BY trace_id
), windows AS (
    SELECT source, min(first_ns) - $gap_ns AS from_ns, max(last_ns)::HUGEINT + $gap_ns AS to_ns FROM stale GROUP BY source
)
SELECT trace_id, source, first_ns, last_ns, TRUE AS is_stale FROM stale
UNION ALL
SELECT DISTINCT trace_id, source, first_ns, last_ns, FALSE
FROM trace_runs JOIN windows USING (source)
WHERE last_ns >= from_ns AND first_ns <= to_ns AND trace_id NOT IN (SELECT trace_id FROM stale)
ORDER BY source, first_ns, trace_id;
