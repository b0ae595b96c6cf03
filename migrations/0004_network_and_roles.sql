-- What a project carries for its deployments: who may connect, and roles of its own.

-- `cidr_block` is in its canonical spelling, a single address with /32 or /128.
CREATE TABLE network_entry (
    project_id TEXT NOT NULL CONSTRAINT network_entry_project_id_fkey REFERENCES project (id),
    cidr_block TEXT COLLATE "binary" NOT NULL,
    comment TEXT NOT NULL,
    delete_after BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, cidr_block)
);
CREATE INDEX network_entry_by_creation ON network_entry (project_id, created_at, cidr_block);
CREATE INDEX network_entry_by_expiry ON network_entry (delete_after);

CREATE TABLE custom_role (
    project_id TEXT NOT NULL CONSTRAINT custom_role_project_id_fkey REFERENCES project (id),
    name TEXT COLLATE "binary" NOT NULL,
    actions TEXT NOT NULL,
    inherited_roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);
CREATE INDEX custom_role_by_creation ON custom_role (project_id, created_at, name);

-- Events of one type among millions of others.
CREATE INDEX event_by_org_and_type ON event (org_id, in_org, event_type, created_at, id);
CREATE INDEX event_by_project_and_type ON event (project_id, in_org, event_type, created_at, id);

-- Secrets vanish when their time comes.
CREATE INDEX service_account_secret_by_expiry ON service_account_secret (expires_at);
