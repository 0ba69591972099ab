-- Marks what was still running, in runs in which nothing happened since $since_ns, as abandoned.
UPDATE invocations SET status = 'abandoned'
WHERE status = 'running' AND run_id NOT IN (SELECT run_id FROM trace_runs WHERE last_ns >= getvariable('since_ns'));
UPDATE runs SET status = 'abandoned'
WHERE status = 'running' AND run_id NOT IN (SELECT run_id FROM trace_runs WHERE last_ns >= getvariable('since_ns'));
