-- Auditing and maintenance of a project; without a row the defaults hold.

CREATE TABLE audit_log (
    project_id TEXT PRIMARY KEY CONSTRAINT audit_log_project_id_fkey REFERENCES project (id),
    settings TEXT NOT NULL
);

CREATE TABLE maintenance_window (
    project_id TEXT PRIMARY KEY CONSTRAINT maintenance_window_project_id_fkey REFERENCES project (id),
    settings TEXT NOT NULL
);

ALTER TABLE organization ADD COLUMN delegation_settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organization ADD COLUMN maintenance_settings TEXT NOT NULL DEFAULT '{}';
