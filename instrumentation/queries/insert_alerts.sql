-- Records what was found in some runs, and for which channels it waits. What is known already stays as it is.
DELETE FROM alert_checks WHERE run_id IN (SELECT run_id FROM checked_runs);
INSERT INTO alert_checks BY NAME SELECT run_id, spans FROM checked_runs;
INSERT INTO alerts BY NAME
SELECT * FROM found_alerts WHERE alert_id NOT IN (SELECT alert_id FROM alerts);
INSERT INTO alert_deliveries BY NAME
SELECT * FROM found_deliveries
WHERE (alert_id, channel) NOT IN (SELECT (alert_id, channel) FROM alert_deliveries);
