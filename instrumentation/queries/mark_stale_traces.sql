-- Adds one row per trace of the batch: its run has to be derived again.
INSERT INTO stale_traces BY NAME SELECT *, $now_ns AS arrived_ns FROM batch_extents;
