-- One row per run that the traces of a step belonged to so far, or belong to now.
SELECT run_id FROM trace_runs WHERE trace_id IN (SELECT trace_id FROM step_extents)
UNION
SELECT run_id FROM step_runs;
