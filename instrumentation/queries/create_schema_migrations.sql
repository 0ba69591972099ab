-- One row per migration applied to this store.
CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL, name VARCHAR NOT NULL, applied_ns BIGINT NOT NULL);
