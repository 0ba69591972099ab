-- Adds one row per trace of the batch: its run has to be derived again.
INSERT INTO stale_traces SELECT DISTINCT trace_id, $now_ns FROM batch;
