-- Removes every derived row of the given runs.
DELETE FROM runs WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM invocations WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM model_calls WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM signals WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM handoffs WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM gaps WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM refusals WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM critical_checks WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM escalations WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM recoveries WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM skipped_members WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM partial_syntheses WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM approvals WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM rollbacks WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM interventions WHERE run_id IN (SELECT run_id FROM replaced_runs);
DELETE FROM dependencies WHERE run_id IN (SELECT run_id FROM replaced_runs);
