-- People of organizations: what is known of them, their teams, and invitations of those who are not there yet.

ALTER TABLE person ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN mobile_number TEXT;
ALTER TABLE person ADD COLUMN last_auth_at BIGINT;

CREATE TABLE team_member (
    team_id TEXT NOT NULL CONSTRAINT team_member_team_id_fkey REFERENCES team (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL CONSTRAINT team_member_person_id_fkey REFERENCES person (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_member_by_person ON team_member (person_id);

-- The roles in projects with what people hold through their teams.
CREATE VIEW effective_project_role AS
    SELECT holder_id, project_id, role FROM project_role
    UNION ALL
    SELECT m.person_id AS holder_id, r.project_id, r.role
    FROM team_member m JOIN project_role r ON r.holder_id = m.team_id;

-- Somebody who was asked to join an organization, with what awaits them there. `user_id` is the id under which they are
-- listed as pending and which they keep as a person. `project_id` is the project whose list of invitations shows it;
-- without one it is the organization's. Of the token in the mail a SHA-256 is kept.
CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    org_id TEXT NOT NULL CONSTRAINT invitation_org_id_fkey REFERENCES organization (id),
    project_id TEXT CONSTRAINT invitation_project_id_fkey REFERENCES project (id),
    username TEXT COLLATE "binary" NOT NULL,
    org_roles TEXT NOT NULL,
    project_roles TEXT NOT NULL,
    team_ids TEXT NOT NULL,
    inviter_username TEXT NOT NULL,
    status TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
-- An address is invited once to an organization, and once to each project by the project's own list.
CREATE UNIQUE INDEX invitation_org_username_key ON invitation (org_id, username) WHERE project_id IS NULL;
CREATE UNIQUE INDEX invitation_project_username_key ON invitation (project_id, username) WHERE project_id IS NOT NULL;
CREATE INDEX invitation_by_org ON invitation (org_id, created_at, id);
CREATE INDEX invitation_by_project ON invitation (project_id, created_at, id);
CREATE INDEX invitation_by_username ON invitation (username);
CREATE INDEX invitation_by_expiry ON invitation (expires_at);
CREATE UNIQUE INDEX invitation_token_hash_key ON invitation (token_hash);

-- Mail that is to be sent: written in the transaction of the change that it tells of, sent by a job. The body is sealed,
-- because the links in it open doors.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX outbox_by_due ON outbox (due_at);
