-- One row per derived run that the traces of a step belonged to so far, or that has the name of one they belong to now.
SELECT run_id FROM runs
WHERE run_id IN (SELECT run_id FROM trace_runs WHERE trace_id IN (SELECT trace_id FROM step_extents))
    OR run_id IN (SELECT run_id FROM step_runs);
