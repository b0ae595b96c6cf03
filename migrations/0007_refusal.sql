-- Why requests were refused: kept for a day, for the owners of the organization that each one concerns. Clients may
-- choose the ids of their requests, so several rows may have the same.
CREATE TABLE refusal (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL,
    org_id TEXT NOT NULL CONSTRAINT refusal_org_id_fkey REFERENCES organization (id),
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX refusal_by_request ON refusal (org_id, request_id, created_at, id);
CREATE INDEX refusal_by_org ON refusal (org_id, created_at, id);
CREATE INDEX refusal_by_time ON refusal (created_at);
