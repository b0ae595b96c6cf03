-- People who sign in: on a page, and by a program that shows them a code (RFC 8628). Of a token a SHA-256 is kept, of a
-- code that people type, which is shorter, a MAC under a key that the database does not hold.

CREATE TABLE web_session (
    token_hash BYTEA PRIMARY KEY,
    person_id TEXT NOT NULL CONSTRAINT web_session_person_id_fkey REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX web_session_by_person ON web_session (person_id);
CREATE INDEX web_session_by_expiry ON web_session (expires_at);

-- A program that asks for somebody's sign-in. `address` is where it asked from, `status` PENDING, APPROVED or DENIED, and
-- `person_id` who decided.
CREATE TABLE device_authorization (
    device_code_hash BYTEA PRIMARY KEY,
    user_code_mac BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    address TEXT NOT NULL,
    status TEXT NOT NULL,
    person_id TEXT CONSTRAINT device_authorization_person_id_fkey REFERENCES person (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_authorization_user_code_key ON device_authorization (user_code_mac);
CREATE INDEX device_authorization_by_person ON device_authorization (person_id);
CREATE INDEX device_authorization_by_expiry ON device_authorization (expires_at);

-- A sign-in of a program. Each use of its refresh token replaces the token: `generation` counts them. A refresh token is
-- made of the id, the generation, and a MAC of both and `seed` under a key that the database does not hold, so that every
-- one that there ever was is known again. Access tokens name the id, and end with the row.
CREATE TABLE refresh_token (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL CONSTRAINT refresh_token_person_id_fkey REFERENCES person (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    seed TEXT NOT NULL,
    generation BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX refresh_token_by_person ON refresh_token (person_id);
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at);

-- Whoever has the token of the newest mail may set the person's password.
CREATE TABLE password_reset (
    person_id TEXT PRIMARY KEY CONSTRAINT password_reset_person_id_fkey REFERENCES person (id) ON DELETE CASCADE,
    token_hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX password_reset_token_key ON password_reset (token_hash);
CREATE INDEX password_reset_by_expiry ON password_reset (expires_at);
