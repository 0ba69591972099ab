-- What was pruned stays away.

-- One row per trace whose spans were pruned: spans of it that come late are not stored. It is erased once the file was
-- rewritten since, so that nothing of the trace is left between the rows either.
CREATE TABLE pruned_traces (trace_id VARCHAR NOT NULL, pruned_ns BIGINT NOT NULL, is_erased BOOLEAN NOT NULL);
