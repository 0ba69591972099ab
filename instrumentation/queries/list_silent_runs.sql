-- One row per run that is still running although nothing in it happened since $since_ns.
SELECT run_id FROM runs
WHERE status = 'running' AND run_id NOT IN (SELECT run_id FROM trace_runs WHERE last_ns >= $since_ns);
