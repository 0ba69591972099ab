-- One row per table whose rows belong to runs or traces: its name, and whether it names the trace, or only the run.
SELECT table_name, bool_or(column_name = 'trace_id') AS has_trace_id
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'main' AND column_name IN ('trace_id', 'run_id')
    AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT internal)
    AND table_name <> 'pruned_traces'
GROUP BY table_name
ORDER BY table_name;
