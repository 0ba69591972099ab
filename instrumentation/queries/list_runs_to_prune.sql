-- One row per run that meets every condition that is given: its id. A run is as old as the last thing recorded of it;
-- one whose spans bear no time has no age.
SELECT run_id FROM runs
WHERE ($run_ids::VARCHAR[] IS NULL OR run_id IN (SELECT unnest($run_ids::VARCHAR[])))
    AND ($before_ns::BIGINT IS NULL OR run_id IN (
        SELECT run_id FROM trace_runs GROUP BY run_id HAVING max(last_ns) > 0 AND max(last_ns) < $before_ns
    ))
ORDER BY run_id;
