-- One row per table of the store: its name.
SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name;
