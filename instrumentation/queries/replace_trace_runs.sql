-- Forgets what was derived of the traces of a step, and records what is derived now. A mark of staleness goes only if
-- it was seen before the spans were read: spans that arrived since then are still to be derived.
DELETE FROM trace_runs WHERE trace_id IN (SELECT trace_id FROM step_extents);
INSERT INTO trace_runs BY NAME
SELECT extents.*, step_runs.run_id FROM step_runs JOIN step_extents AS extents USING (trace_id);
DELETE FROM stale_traces
WHERE trace_id IN (SELECT trace_id FROM step_extents)
    AND (trace_id, arrived_ns) IN (SELECT (trace_id, arrived_ns) FROM seen_marks);
