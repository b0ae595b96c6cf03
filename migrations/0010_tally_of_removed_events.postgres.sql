-- Events may be removed after a while: the totals follow.
CREATE FUNCTION tally_event_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    scope TEXT := CASE WHEN OLD.in_org THEN OLD.org_id ELSE OLD.project_id END;
BEGIN
    PERFORM tally_add(scope, 'event', -1), tally_add(scope, 'event ' || OLD.event_type, -1);
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_event_removed AFTER DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION tally_event_removed();
