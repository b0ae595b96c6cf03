-- SQLite serves one process, which keeps the counts of digest nonces in memory. The tables are here so that the schema
-- is the same on both engines.
CREATE TABLE digest_epoch (
    id BIGINT PRIMARY KEY,
    epoch TEXT NOT NULL
);
CREATE TABLE digest_nonce (
    nonce TEXT NOT NULL,
    count BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (nonce, count)
);
CREATE INDEX digest_nonce_by_expiry ON digest_nonce (expires_at);
