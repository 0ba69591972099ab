-- One row per table whose rows belong to a run: its name.
SELECT DISTINCT table_name
FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'main' AND column_name = 'run_id'
    AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE NOT internal)
ORDER BY table_name;
