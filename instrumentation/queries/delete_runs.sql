-- Removes every derived row of the given runs.
DELETE FROM runs WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM invocations WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM model_calls WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM signals WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM handoffs WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM gaps WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM refusals WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM critical_checks WHERE run_id IN (SELECT run_id FROM replaced_runs);
