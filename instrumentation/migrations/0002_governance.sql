-- How runs were governed, and how long their agents waited for a slot. Times are Unix nanoseconds, UTC, and null where
-- they were not recorded. A path is names from the root down, with / between them.

-- How much of an invocation's time was waiting for its turn to work; null where that was not recorded.
ALTER TABLE invocations ADD COLUMN queued_ms DOUBLE;

-- One row per step of a problem on its way up: a level was asked (open), or answered (resolved).
CREATE TABLE escalations (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    escalation_id   VARCHAR,
    reason          VARCHAR,
    from_path       VARCHAR,
    to_path         VARCHAR,
    status          VARCHAR NOT NULL,
    answer          VARCHAR,
    context         VARCHAR,
    at_ns           BIGINT
);

-- One row per thing that a parent did about a member that failed or did not please: retry, reassign, revise.
CREATE TABLE recoveries (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    step            VARCHAR NOT NULL,
    member          VARCHAR,
    task_id         VARCHAR,
    reason          VARCHAR,
    at_ns           BIGINT
);

-- One row per member that was considered and found irrelevant.
CREATE TABLE skipped_members (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    member          VARCHAR NOT NULL,
    domain          VARCHAR,
    at_ns           BIGINT
);

-- One row per synthesis that could be read before all members had delivered.
CREATE TABLE partial_syntheses (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    text            VARCHAR,
    at_ns           BIGINT
);

-- One row per step of a request to people: it was made (requested), or it ended (approved, rejected, timeout,
-- cancelled) after so long a wait.
CREATE TABLE approvals (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    approval_id     VARCHAR,
    kind            VARCHAR,
    status          VARCHAR NOT NULL,
    level           INTEGER,
    quorum          INTEGER,
    waited_ms       DOUBLE,
    at_ns           BIGINT
);

-- One row per compensation of a group that failed; error is null where it worked.
CREATE TABLE rollbacks (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    label           VARCHAR,
    path            VARCHAR,
    error           VARCHAR,
    at_ns           BIGINT
);

-- One row per running member that somebody cancelled or redirected.
CREATE TABLE interventions (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    kind            VARCHAR NOT NULL,
    member          VARCHAR,
    reason          VARCHAR,
    at_ns           BIGINT
);

-- One row per declared need of an invocation (to_id) for what another made (from_id): need, artifact or link.
CREATE TABLE dependencies (
    run_id          VARCHAR NOT NULL,
    from_id         VARCHAR NOT NULL,
    to_id           VARCHAR NOT NULL,
    kind            VARCHAR NOT NULL
);
