-- One row: facts about the store as a whole. Schema, traces that were pruned, bytes of the file that are free, when spans
-- were stored last, and the times of the first and the last span that bears one.
SELECT
    (SELECT max(number) FROM schema_migrations) AS schema,
    (SELECT count(*) FROM pruned_traces) AS pruned_traces,
    (SELECT block_size * free_blocks FROM pragma_database_size()) AS free_bytes,
    (SELECT max(drained_ns) FROM drained_segments) AS last_arrival_ns,
    (SELECT min(start_ns) FROM spans WHERE start_ns > 0) AS first_span_ns,
    (SELECT max(start_ns) FROM spans WHERE start_ns > 0) AS last_span_ns;
