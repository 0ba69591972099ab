-- Marks the traces that remain of runs which lose some of theirs: what is left of the run has to be derived again.
INSERT INTO stale_traces BY NAME
SELECT DISTINCT trace_id, source, first_ns, last_ns, 0 AS spans, $now_ns::BIGINT AS arrived_ns
FROM trace_runs
WHERE run_id IN (SELECT run_id FROM doomed_runs) AND trace_id NOT IN (SELECT trace_id FROM doomed_traces);
