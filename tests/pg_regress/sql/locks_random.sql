-- A thousand random calls that change stop-lists, errors, confirmation and heads: after each, the lock bits of every head are what a naive recount of the records says.
\set ECHO none
\i helper.sql
-- Bits 1 and 4 from the records, bit 2 as it is.
CREATE VIEW recounted AS
SELECT h.id, h.lock,
       (h.lock & 2)
       | CASE WHEN EXISTS (SELECT FROM member.stoplist s WHERE s.value = h.value AND s.addr_type = h.addr_type AND s.sender = 0) THEN 1 ELSE 0 END
       | CASE WHEN EXISTS (SELECT FROM member.delivery_error e WHERE e.value = h.value AND e.addr_type = h.addr_type AND e.lock) THEN 4 ELSE 0 END AS says
  FROM member.head h;
-- One of eight calls on one of six identifiers.
CREATE FUNCTION some_call() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    who text := format('p%s@test.ru', 1 + floor(random() * 6)::int);
    other text := format('p%s@test.ru', 1 + floor(random() * 6)::int);
    sender int := (ARRAY[0, 0, 7])[1 + floor(random() * 3)::int];
    kind text := (ARRAY['owner', 'member'])[1 + floor(random() * 2)::int];
    code text := (ARRAY['hbounce', 'sbounce', 'deliv', 'unsub', 'complain'])[1 + floor(random() * 5)::int];
    cookies jsonb;
BEGIN
    CASE floor(random() * 10)::int
        WHEN 0 THEN RETURN jsonb_build_object('action', 'stoplist.add', 'list', jsonb_build_array(who, other), 'type', kind, 'sender', sender);
        WHEN 1 THEN RETURN jsonb_build_object('action', 'stoplist.delete', 'list', jsonb_build_array(who, other), 'type', kind, 'sender', jsonb_build_array(sender, 7));
        WHEN 2 THEN RETURN jsonb_build_object('action', 'email.cleanerror', 'email', who);
        WHEN 3 THEN RETURN jsonb_build_object('action', 'member.delete', 'email', who, 'wipe', floor(random() * 2)::int);
        WHEN 4 THEN RETURN jsonb_build_object('action', 'member.set', 'email', who, 'newbie.confirm', floor(random() * 2)::int, 'head_attach',
                                              jsonb_build_array(jsonb_build_object('head', other, 'head_rule', '{"multi": "transplant", "single": "transplant"}'::jsonb)));
        WHEN 5 THEN RETURN jsonb_build_object('action', 'member.head.detach', 'email', who, 'split', floor(random() * 2)::int);
        WHEN 6 THEN
            BEGIN
                PERFORM event_emit(jsonb_build_object('event_type', code, 'email', who));
            EXCEPTION WHEN SQLSTATE 'PM201' THEN NULL;
            END;
            RETURN jsonb_build_object('action', 'ping');
        WHEN 7 THEN
            BEGIN
                cookies := member_cookie(jsonb_build_object('email', who, 'sender', 7));
            EXCEPTION WHEN SQLSTATE 'PM201' THEN NULL;
            END;
            RETURN jsonb_build_object('action', 'stoplist.cancel', 'cookie', COALESCE(cookies #>> '{unsubcancel,cookie}', cookies #>> '{unsubsendercancel,cookie}', 'none'));
        WHEN 8 THEN
            BEGIN
                cookies := member_cookie(jsonb_build_object('email', who));
            EXCEPTION WHEN SQLSTATE 'PM201' THEN NULL;
            END;
            RETURN jsonb_build_object('action', 'member.confirm', 'email', who, 'cookie', COALESCE(cookies #>> '{confirm,cookie}', 'none'));
        ELSE
            IF random() < 0.1 THEN
                RETURN jsonb_build_object('action', 'stoplist.erase', 'type', kind);
            END IF;
            RETURN jsonb_build_object('action', 'batch', 'do', jsonb_build_array(
                jsonb_build_object('action', 'stoplist.add', 'email', who), jsonb_build_object('action', 'member.delete', 'email', other),
                jsonb_build_object('action', 'member.set', 'email', other), jsonb_build_object('action', 'stoplist.delete', 'email', who, 'sender', sender)));
    END CASE;
END
$$;
-- Makes so many calls. Gives what was wrong after one of them, and whether every kind of call did something.
CREATE FUNCTION many_calls(count int) RETURNS TABLE (wrong bigint, checked bigint, kinds bigint, versions bigint) LANGUAGE plpgsql AS $$
DECLARE
    done text[] := '{}';
    request jsonb;
    answer jsonb;
BEGIN
    wrong := 0;
    checked := 0;
    FOR n IN 1 .. count LOOP
        request := some_call();
        answer := member_api(request);
        IF NOT answer ? 'errors' THEN
            done := done || (request ->> 'action');
        END IF;
        SELECT wrong + count(*) FILTER (WHERE r.lock <> r.says), checked + count(*) INTO wrong, checked FROM recounted r;
        -- What email_get says of an identifier is what its head says, but for confirmation.
        SELECT wrong + count(*) INTO wrong FROM member.head h WHERE (h.lock & 5)::text <> email_get(jsonb_build_object('email', h.value)) #>> '{obj,member,haslock}';
    END LOOP;
    SELECT count(DISTINCT kind) INTO kinds FROM unnest(done) AS kind;
    -- No event names a version that its body never had.
    SELECT count(*) INTO versions FROM member.event e JOIN member.body b USING (dataset) WHERE e.version > b.version;
    RETURN NEXT;
END
$$;
\set ECHO all
SELECT sys_settings_set('{"list": {"stoplist.member.edit": 1}}');
SET pg_member.soft_bounce_limit = 2;
SELECT setseed(0.5) IS NOT NULL;
SELECT wrong, checked > 1000 AS checked, kinds, versions FROM many_calls(1000);
SELECT * FROM member_check();
