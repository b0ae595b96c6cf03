-- How many there are of what lists count, kept by triggers, so that a first page costs the same however long its list is.
-- SQLite has one writer: slot 0 is enough.
CREATE TABLE tally (
    scope_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    slot BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (scope_id, kind, slot)
);

CREATE TRIGGER tally_database_user_added AFTER INSERT ON database_user
BEGIN
    INSERT INTO tally (scope_id, kind, slot, amount) VALUES (NEW.project_id, 'database_user', 0, 1)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tally_database_user_removed AFTER DELETE ON database_user
BEGIN
    UPDATE tally SET amount = amount - 1 WHERE scope_id = OLD.project_id AND kind = 'database_user' AND slot = 0;
END;

-- Of an organization's projects, the living count.
CREATE TRIGGER tally_project_added AFTER INSERT ON project WHEN NEW.deleted_at IS NULL
BEGIN
    INSERT INTO tally (scope_id, kind, slot, amount) VALUES (NEW.org_id, 'project', 0, 1)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER tally_project_gone AFTER UPDATE OF org_id, deleted_at ON project WHEN OLD.deleted_at IS NULL
BEGIN
    UPDATE tally SET amount = amount - 1 WHERE scope_id = OLD.org_id AND kind = 'project' AND slot = 0;
END;
CREATE TRIGGER tally_project_come AFTER UPDATE OF org_id, deleted_at ON project WHEN NEW.deleted_at IS NULL
BEGIN
    INSERT INTO tally (scope_id, kind, slot, amount) VALUES (NEW.org_id, 'project', 0, 1)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = amount + 1;
END;

-- Of events, all and those of one type.
CREATE TRIGGER tally_event_added AFTER INSERT ON event
BEGIN
    INSERT INTO tally (scope_id, kind, slot, amount)
        VALUES (CASE WHEN NEW.in_org THEN NEW.org_id ELSE NEW.project_id END, 'event', 0, 1)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = amount + 1;
    INSERT INTO tally (scope_id, kind, slot, amount)
        VALUES (CASE WHEN NEW.in_org THEN NEW.org_id ELSE NEW.project_id END, 'event ' || NEW.event_type, 0, 1)
        ON CONFLICT (scope_id, kind, slot) DO UPDATE SET amount = amount + 1;
END;

INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT project_id, 'database_user', 0, COUNT(*) FROM database_user GROUP BY project_id;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT org_id, 'project', 0, COUNT(*) FROM project WHERE deleted_at IS NULL GROUP BY org_id;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT CASE WHEN in_org THEN org_id ELSE project_id END, 'event', 0, COUNT(*) FROM event GROUP BY 1;
INSERT INTO tally (scope_id, kind, slot, amount)
    SELECT CASE WHEN in_org THEN org_id ELSE project_id END, 'event ' || event_type, 0, COUNT(*) FROM event GROUP BY 1, 2;
