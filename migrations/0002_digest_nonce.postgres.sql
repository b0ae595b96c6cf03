-- The counts of digest nonces that were used, for all nodes. Unlogged: a crash or a failover empties both tables, the
-- epoch is then another one, and every nonce signed under the old epoch is stale. So nothing is replayed.
CREATE UNLOGGED TABLE digest_epoch (
    id BIGINT PRIMARY KEY,
    epoch TEXT NOT NULL
);
CREATE UNLOGGED TABLE digest_nonce (
    nonce TEXT NOT NULL,
    count BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (nonce, count)
);
CREATE INDEX digest_nonce_by_expiry ON digest_nonce (expires_at);
