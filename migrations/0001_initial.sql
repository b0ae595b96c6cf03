-- The first schema. Times are microseconds since 1970, ids 24 hexadecimal digits, documents JSON.
-- Names that lists are sorted by are compared by their bytes.

CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    name TEXT COLLATE "binary" NOT NULL,
    name_folded TEXT COLLATE "binary" NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    skip_default_alerts BOOLEAN NOT NULL,
    settings TEXT NOT NULL
);
CREATE INDEX organization_by_name ON organization (name_folded);

-- A deleted project stays as a tombstone: its id is answered differently from one that never was, and its
-- certificate authorities stay readable.
CREATE TABLE project (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL CONSTRAINT project_org_id_fkey REFERENCES organization (id),
    name TEXT COLLATE "binary" NOT NULL,
    name_folded TEXT COLLATE "binary" NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    with_default_alerts BOOLEAN NOT NULL,
    tags TEXT NOT NULL,
    settings TEXT NOT NULL,
    managed_slow_ms BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX project_name_key ON project (org_id, name) WHERE deleted_at IS NULL;

CREATE TABLE project_limit (
    project_id TEXT NOT NULL CONSTRAINT project_limit_project_id_fkey REFERENCES project (id),
    name TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    username TEXT COLLATE "binary" NOT NULL,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_username_key ON person (username);

-- People of an organization who hold roles in projects together.
CREATE TABLE team (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL CONSTRAINT team_org_id_fkey REFERENCES organization (id),
    name TEXT COLLATE "binary" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX team_name_key ON team (org_id, name);

-- Who holds a role: a person, a team, a service account or an API key; their ids never collide.
CREATE TABLE org_role (
    holder_id TEXT NOT NULL,
    org_id TEXT NOT NULL CONSTRAINT org_role_org_id_fkey REFERENCES organization (id),
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (holder_id, org_id, role)
);
CREATE INDEX org_role_by_org ON org_role (org_id, role);

CREATE TABLE project_role (
    holder_id TEXT NOT NULL,
    project_id TEXT NOT NULL CONSTRAINT project_role_project_id_fkey REFERENCES project (id),
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (holder_id, project_id, role)
);
CREATE INDEX project_role_by_project ON project_role (project_id);

CREATE TABLE service_account (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL CONSTRAINT service_account_org_id_fkey REFERENCES organization (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX service_account_by_org ON service_account (org_id, created_at, id);

-- `hash` is the SHA-256 of a random secret; `tail` its last characters, for the mask.
CREATE TABLE service_account_secret (
    id TEXT PRIMARY KEY,
    service_account_id TEXT NOT NULL
        CONSTRAINT service_account_secret_account_fkey REFERENCES service_account (id) ON DELETE CASCADE,
    hash BYTEA NOT NULL,
    tail TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX service_account_secret_by_account ON service_account_secret (service_account_id, created_at, id);

-- `ha1` is what HTTP digest needs, sealed, because it is as good as the key.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    org_id TEXT NOT NULL CONSTRAINT api_key_org_id_fkey REFERENCES organization (id),
    public_key TEXT COLLATE "binary" NOT NULL,
    ha1 BYTEA NOT NULL,
    tail TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_key_public_key_key ON api_key (public_key);
CREATE INDEX api_key_by_org ON api_key (org_id, public_key);

-- The addresses from which a service account or an API key may call; without a row: from anywhere.
CREATE TABLE credential_access_entry (
    holder_id TEXT NOT NULL,
    cidr_block TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    request_count BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_address TEXT,
    PRIMARY KEY (holder_id, cidr_block)
);

-- Tokens that were revoked before they expired.
CREATE TABLE revoked_token (
    jti TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_token_by_expiry ON revoked_token (expires_at);

-- The keys that sign access tokens, sealed. A retired key still verifies until its last token has expired.
CREATE TABLE signing_key (
    kid TEXT PRIMARY KEY,
    private_key BYTEA NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

-- One row per change of credentials, roles or keys: how the other processes learn of it.
CREATE TABLE change_marker (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX change_marker_by_time ON change_marker (at);

-- Facts about this installation, such as its issuer and the check value of its sealing key.
CREATE TABLE installation (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- `lookup_name` is what MongoDB would look up: the same for a bare name and its CN= form.
CREATE TABLE database_user (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL CONSTRAINT database_user_project_id_fkey REFERENCES project (id),
    database_name TEXT NOT NULL,
    username TEXT NOT NULL,
    lookup_name TEXT NOT NULL,
    x509_type TEXT NOT NULL,
    aws_iam_type TEXT NOT NULL,
    ldap_auth_type TEXT NOT NULL,
    oidc_auth_type TEXT NOT NULL,
    description TEXT,
    delete_after BIGINT,
    roles TEXT NOT NULL,
    scopes TEXT NOT NULL,
    labels TEXT NOT NULL,
    scram BYTEA,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX database_user_name_key ON database_user (project_id, database_name, lookup_name);
CREATE INDEX database_user_by_creation ON database_user (project_id, created_at, id);
CREATE INDEX database_user_by_expiry ON database_user (delete_after);

CREATE TABLE certificate_authority (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL CONSTRAINT certificate_authority_project_id_fkey REFERENCES project (id),
    certificate BYTEA NOT NULL,
    private_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    not_after BIGINT NOT NULL
);
CREATE INDEX certificate_authority_by_project ON certificate_authority (project_id, created_at, id);

-- Client certificates that were issued. Their private keys are not kept.
CREATE TABLE certificate (
    serial BIGINT PRIMARY KEY,
    project_id TEXT NOT NULL CONSTRAINT certificate_project_id_fkey REFERENCES project (id),
    authority_id TEXT NOT NULL CONSTRAINT certificate_authority_id_fkey REFERENCES certificate_authority (id),
    subject TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL
);
CREATE INDEX certificate_by_subject ON certificate (project_id, subject, issued_at, serial);

CREATE TABLE user_security (
    project_id TEXT PRIMARY KEY CONSTRAINT user_security_project_id_fkey REFERENCES project (id),
    customer_cas TEXT,
    ldap TEXT NOT NULL
);

-- What happened, who did it and from where. A row with both ids stands in the list that `in_org` names.
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    event_type TEXT NOT NULL,
    org_id TEXT NOT NULL,
    project_id TEXT,
    in_org BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX event_by_org ON event (org_id, in_org, created_at, id);
CREATE INDEX event_by_project ON event (project_id, in_org, created_at, id);
