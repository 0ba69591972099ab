-- One row: how many runs are running, but of which nothing was recorded since $since_ns.
SELECT count(*) FROM runs
WHERE status = 'running'
    AND run_id NOT IN (SELECT run_id FROM trace_runs WHERE last_ns >= $since_ns);
