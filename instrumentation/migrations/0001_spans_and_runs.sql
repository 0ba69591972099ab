-- The span store: spans whole, and the tables derived from them. Times are Unix nanoseconds, UTC.
-- Ids are lower-case hex; an invocation id is trace_id:span_id. JSON columns are text. What was not recorded is null.

-- One row per (trace_id, span_id); kept unique by the drain, not by an index. The last five columns are taken out of
-- the JSON ones when a span is stored.
CREATE TABLE spans (
    trace_id        VARCHAR NOT NULL,
    span_id         VARCHAR NOT NULL,
    parent_span_id  VARCHAR,
    name            VARCHAR NOT NULL,
    kind            VARCHAR NOT NULL,
    start_ns        BIGINT  NOT NULL,
    end_ns          BIGINT,
    status          VARCHAR NOT NULL,
    status_message  VARCHAR NOT NULL,
    scope_name      VARCHAR NOT NULL,
    scope_version   VARCHAR NOT NULL,
    attributes      VARCHAR NOT NULL,
    events          VARCHAR NOT NULL,
    links           VARCHAR NOT NULL,
    resource        VARCHAR NOT NULL,
    service         VARCHAR,
    operation       VARCHAR,
    agent_name      VARCHAR,
    declared_run_id VARCHAR,
    conversation_id VARCHAR
);

-- One row per spool segment that is stored and whose file may still be there: what makes a drain repeatable.
CREATE TABLE drained_segments (name VARCHAR NOT NULL, drained_ns BIGINT NOT NULL);

-- One row per (trace, drain) whose spans arrived since its run was derived last: who wrote them (a digest of their
-- resource), from when to when, and how many spans.
CREATE TABLE stale_traces (
    trace_id        VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    first_ns        BIGINT NOT NULL,
    last_ns         BIGINT NOT NULL,
    spans           BIGINT NOT NULL,
    arrived_ns      BIGINT NOT NULL
);

-- One row per (trace, key); traces that share a key may belong to one run. A key is run:<declared run id>,
-- conversation:<conversation id> or trace:<trace id that a link points to>.
CREATE TABLE trace_keys (trace_id VARCHAR NOT NULL, key VARCHAR NOT NULL);

-- One row per (trace, run) as derived last, with the trace's source, extent and number of spans.
CREATE TABLE trace_runs (
    trace_id        VARCHAR NOT NULL,
    run_id          VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    first_ns        BIGINT NOT NULL,
    last_ns         BIGINT NOT NULL,
    spans           BIGINT NOT NULL
);

-- One row per run.
CREATE TABLE runs (
    run_id          VARCHAR NOT NULL,
    label           VARCHAR,
    root_id         VARCHAR,
    root_agent      VARCHAR,
    project         VARCHAR,
    version         VARCHAR,
    task_type       VARCHAR,
    recorder        VARCHAR,
    imported_from   VARCHAR,
    status          VARCHAR NOT NULL,
    started_ns      BIGINT,
    ended_ns        BIGINT,
    duration_ms     DOUBLE,
    agents          INTEGER NOT NULL,
    orphan_agents   INTEGER NOT NULL,
    max_depth       INTEGER,
    spawn_limit     INTEGER,
    spans           BIGINT NOT NULL,
    orphan_spans    BIGINT NOT NULL,
    traces          INTEGER NOT NULL,
    input_tokens    BIGINT,
    output_tokens   BIGINT,
    cost_usd        DOUBLE,
    simulated_share DOUBLE,
    notes           VARCHAR NOT NULL
);

-- One row per agent invocation. Tokens and cost are its own, not its members'.
CREATE TABLE invocations (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    parent_id       VARCHAR,
    position        INTEGER NOT NULL,
    agent           VARCHAR NOT NULL,
    tier            INTEGER,
    role            VARCHAR,
    declared_role   VARCHAR,
    domain          VARCHAR,
    path            VARCHAR NOT NULL,
    status          VARCHAR NOT NULL,
    status_message  VARCHAR,
    started_ns      BIGINT,
    ended_ns        BIGINT,
    duration_ms     DOUBLE,
    self_ms         DOUBLE,
    input           VARCHAR,
    output          VARCHAR,
    input_tokens    BIGINT,
    output_tokens   BIGINT,
    model_calls     INTEGER NOT NULL,
    cost_usd        DOUBLE,
    cost_note       VARCHAR,
    tier_source     VARCHAR NOT NULL,
    tier_confidence DOUBLE NOT NULL,
    evidence        VARCHAR NOT NULL
);

-- One row per request to a model.
CREATE TABLE model_calls (
    run_id          VARCHAR NOT NULL,
    call_id         VARCHAR NOT NULL,
    invocation_id   VARCHAR,
    provider        VARCHAR,
    model           VARCHAR,
    input_tokens    BIGINT,
    output_tokens   BIGINT,
    cost_usd        DOUBLE,
    started_ns      BIGINT,
    ended_ns        BIGINT,
    status          VARCHAR NOT NULL
);

-- One row per declared or marked signal of an invocation.
CREATE TABLE signals (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    signal_id       VARCHAR NOT NULL,
    text            VARCHAR NOT NULL,
    critical        BOOLEAN NOT NULL,
    value           VARCHAR,
    unit            VARCHAR,
    confidence      DOUBLE,
    source          VARCHAR,
    declared        BOOLEAN NOT NULL
);

-- One row per handoff of work from one agent to another.
CREATE TABLE handoffs (
    run_id          VARCHAR NOT NULL,
    from_id         VARCHAR NOT NULL,
    to_id           VARCHAR,
    to_agent        VARCHAR NOT NULL,
    text            VARCHAR,
    kind            VARCHAR NOT NULL,
    at_ns           BIGINT
);

-- One row per failure token that a parent went on with.
CREATE TABLE gaps (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    member          VARCHAR NOT NULL,
    domain          VARCHAR,
    status          VARCHAR NOT NULL,
    reason          VARCHAR,
    partial         VARCHAR,
    at_ns           BIGINT
);

-- One row per refused attempt to spawn past the limit.
CREATE TABLE refusals (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    member          VARCHAR NOT NULL,
    depth           INTEGER,
    reason          VARCHAR,
    at_ns           BIGINT
);

-- One row per check, by the orchestrator itself, that a critical signal stands verbatim in an output.
CREATE TABLE critical_checks (
    run_id          VARCHAR NOT NULL,
    invocation_id   VARCHAR NOT NULL,
    text            VARCHAR NOT NULL,
    hash            VARCHAR NOT NULL,
    verified        BOOLEAN NOT NULL
);

-- One row per (signal text, synthesis text, scorer). Not derived from spans, so never rebuilt.
CREATE TABLE scores (
    unit_hash       VARCHAR NOT NULL,
    text_hash       VARCHAR NOT NULL,
    scorer          VARCHAR NOT NULL,
    score           DOUBLE,
    verdict         VARCHAR NOT NULL,
    evidence        VARCHAR,
    reasons         VARCHAR NOT NULL
);
