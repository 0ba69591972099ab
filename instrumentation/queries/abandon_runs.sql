-- Marks what is still running in the silent runs as abandoned; spans that arrive later derive them anew.
UPDATE invocations SET status = 'abandoned'
WHERE status = 'running' AND run_id IN (SELECT run_id FROM silent_runs);
UPDATE runs SET status = 'abandoned' WHERE run_id IN (SELECT run_id FROM silent_runs);
