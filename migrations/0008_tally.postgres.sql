-- How many there are of what lists count, kept by triggers, so that a first page costs the same however long its list is.
-- A total is the sum of its slots: connections that write at the same time have one each, and do not meet in one row.
CREATE TABLE tally (
    scope_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    slot BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (scope_id, kind, slot)
);

CREATE FUNCTION tally_add(scope TEXT, what TEXT, difference BIGINT) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO tally (scope_id, kind, slot, amount) VALUES (scope, what, pg_backend_pid() % 256, difference)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = tally.amount + excluded.amount
$$;

CREATE FUNCTION tally_database_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM tally_add(NEW.project_id, 'database_user', 1);
    ELSE
        PERFORM tally_add(OLD.project_id, 'database_user', -1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_database_user AFTER INSERT OR DELETE ON database_user
    FOR EACH ROW EXECUTE FUNCTION tally_database_user();

-- Of an organization's projects, the living count.
CREATE FUNCTION tally_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.deleted_at IS NULL THEN
        PERFORM tally_add(OLD.org_id, 'project', -1);
    END IF;
    IF NEW.deleted_at IS NULL THEN
        PERFORM tally_add(NEW.org_id, 'project', 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_project AFTER INSERT OR UPDATE OF org_id, deleted_at ON project
    FOR EACH ROW EXECUTE FUNCTION tally_project();

-- Of events, all and those of one type.
CREATE FUNCTION tally_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope TEXT := CASE WHEN NEW.in_org THEN NEW.org_id ELSE NEW.project_id END;
BEGIN
    PERFORM tally_add(scope, 'event', 1), tally_add(scope, 'event ' || NEW.event_type, 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_event AFTER INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION tally_event();

INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT project_id, 'database_user', 0, COUNT(*) FROM database_user GROUP BY project_id;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT org_id, 'project', 0, COUNT(*) FROM project WHERE deleted_at IS NULL GROUP BY org_id;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT CASE WHEN in_org THEN org_id ELSE project_id END, 'event', 0, COUNT(*) FROM event GROUP BY 1;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT CASE WHEN in_org THEN org_id ELSE project_id END, 'event ' || event_type, 0, COUNT(*) FROM event GROUP BY 1, 2;
