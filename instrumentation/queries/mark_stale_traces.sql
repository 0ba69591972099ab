-- Adds one row per trace of the batch, except those that were pruned: its run has to be derived again.
INSERT INTO stale_traces BY NAME
SELECT *, $now_ns AS arrived_ns FROM batch_extents WHERE trace_id NOT IN (SELECT trace_id FROM pruned_traces);
