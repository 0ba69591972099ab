-- One row per run that has ended and was not looked at since its spans became what they are: its id and their number.
SELECT run_id, spans
FROM runs
WHERE status <> 'running' AND (run_id, spans) NOT IN (SELECT (run_id, spans) FROM alert_checks)
ORDER BY started_ns NULLS LAST, run_id;
