-- Events may be removed after a while: the totals follow.
CREATE TRIGGER tally_event_removed AFTER DELETE ON event
BEGIN
    UPDATE tally SET amount = amount - 1
        WHERE scope_id = CASE WHEN OLD.in_org THEN OLD.org_id ELSE OLD.project_id END
        AND kind IN ('event', 'event ' || OLD.event_type) AND slot = 0;
END;
