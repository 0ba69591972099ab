-- One row: what is in the store that explains what is not shown. Spans, runs, runs without agents, spans that start
-- after $latest_ns and by how much the last of them, traces not derived since before $stale_before_ns, runs in which no
-- tiers could be inferred, pruned traces, and when spans were stored last.
SELECT
    (SELECT count(*) FROM spans) AS spans,
    (SELECT count(*) FROM runs) AS runs,
    (SELECT count(*) FROM runs WHERE agents = 0) AS runs_without_agents,
    (SELECT count(*) FROM spans WHERE start_ns > $latest_ns) AS future_spans,
    (SELECT max(start_ns) - $latest_ns FROM spans) AS ahead_ns,
    (SELECT count(DISTINCT trace_id) FROM stale_traces WHERE arrived_ns < $stale_before_ns) AS stale_traces,
    (SELECT count(*) FROM runs WHERE contains(notes, 'No tiers could be inferred')) AS failed_runs,
    (SELECT any_value(notes) FROM runs WHERE contains(notes, 'No tiers could be inferred')) AS failure,
    (SELECT count(*) FROM pruned_traces) AS pruned_traces,
    (SELECT count(*) FROM pruned_traces WHERE NOT is_erased) AS unerased_traces,
    (SELECT max(drained_ns) FROM drained_segments) AS stored_ns;
