-- One row: whether spans arrived that no run was derived from, or a run is still running and may have gone silent.
SELECT EXISTS (FROM stale_traces) OR EXISTS (FROM runs WHERE status = 'running') AS has_underived
