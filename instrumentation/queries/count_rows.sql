-- One row per table that holds recorded or derived facts: its name and its number of rows.
          SELECT 'spans' AS name, count(*) AS n FROM spans
UNION ALL SELECT 'runs', count(*) FROM runs
UNION ALL SELECT 'invocations', count(*) FROM invocations
UNION ALL SELECT 'model_calls', count(*) FROM model_calls
UNION ALL SELECT 'signals', count(*) FROM signals
UNION ALL SELECT 'handoffs', count(*) FROM handoffs
UNION ALL SELECT 'gaps', count(*) FROM gaps
UNION ALL SELECT 'refusals', count(*) FROM refusals
UNION ALL SELECT 'critical_checks', count(*) FROM critical_checks
UNION ALL SELECT 'escalations', count(*) FROM escalations
UNION ALL SELECT 'recoveries', count(*) FROM recoveries
UNION ALL SELECT 'skipped_members', count(*) FROM skipped_members
UNION ALL SELECT 'partial_syntheses', count(*) FROM partial_syntheses
UNION ALL SELECT 'approvals', count(*) FROM approvals
UNION ALL SELECT 'rollbacks', count(*) FROM rollbacks
UNION ALL SELECT 'interventions', count(*) FROM interventions
UNION ALL SELECT 'dependencies', count(*) FROM dependencies
