-- Alerts that were sent, so that none is sent twice.

-- No row until somebody sends alerts for the first time: runs that were stored before that are not alerted of.
CREATE TABLE alert_watch (began_ns BIGINT NOT NULL);

-- One row per run that was looked at, and how many spans it had then: it is looked at again when there are others.
CREATE TABLE alert_checks (run_id VARCHAR NOT NULL, spans BIGINT NOT NULL);

-- One row per alert that was found. The id is made from the run and what it is about.
CREATE TABLE alerts (
    alert_id        VARCHAR NOT NULL,
    run_id          VARCHAR NOT NULL,
    payload         VARCHAR NOT NULL,
    found_ns        BIGINT NOT NULL
);

-- One row per alert and channel. `state` is waiting, sent, failed (given up) or dropped (too many were waiting).
CREATE TABLE alert_deliveries (
    alert_id        VARCHAR NOT NULL,
    run_id          VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    state           VARCHAR NOT NULL,
    attempts        INTEGER NOT NULL,
    due_ns          BIGINT NOT NULL,
    done_ns         BIGINT,
    problem         VARCHAR
);
