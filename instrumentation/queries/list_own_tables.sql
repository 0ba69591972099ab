-- One row per table of the store, those that users added included: its schema and its name.
SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal
ORDER BY schema_name, table_name;
