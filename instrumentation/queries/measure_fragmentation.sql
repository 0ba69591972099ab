-- One row: how well the file is filled. Spans and the row groups in which they lie, bytes of the file and how many of
-- them are free, and traces that were pruned since the file was rewritten last.
SELECT
    (SELECT count(*) FROM spans) AS spans,
    (SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('spans') WHERE column_name = 'start_ns') AS row_groups,
    (SELECT block_size * total_blocks FROM pragma_database_size()) AS file_bytes,
    (SELECT block_size * free_blocks FROM pragma_database_size()) AS free_bytes,
    (SELECT count(*) FROM pruned_traces WHERE NOT is_erased) AS unerased_traces;
