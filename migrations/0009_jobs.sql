-- Jobs that run on one node at a time: whoever holds the lease, until it expires or is given back.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- How the jobs of each node went, as it last told. `failing_since` is the first failure after the last success.
CREATE TABLE job_report (
    job TEXT NOT NULL,
    node TEXT NOT NULL,
    every BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    last_success_at BIGINT,
    duration BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    last_error TEXT,
    reported_at BIGINT NOT NULL,
    PRIMARY KEY (job, node)
);
CREATE INDEX job_report_by_time ON job_report (reported_at);

-- A mail that was sent is kept for a while without its body.
ALTER TABLE outbox ADD COLUMN sent_at BIGINT;
CREATE INDEX outbox_by_sending ON outbox (sent_at);

-- Sessions that have ended stay for a while. Whether one has ended is a fact, not a matter of clocks.
ALTER TABLE web_session ADD COLUMN ended_at BIGINT;
ALTER TABLE refresh_token ADD COLUMN ended_at BIGINT;
