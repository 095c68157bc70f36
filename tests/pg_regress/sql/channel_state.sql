-- What heads of the types vk, tg and max are to communities and bots, what pushapp tells, and where that goes with a head.
\set ECHO none
\i helper.sql
CREATE FUNCTION report(code text, address text, addr_type text, about jsonb, at text DEFAULT '2024-05-01T00:00:00Z') RETURNS boolean LANGUAGE sql AS $$
    SELECT event_emit(jsonb_build_object('event_type', code, 'email', address, 'addr_type', addr_type, 'event_date', at, 'event_data', about)) > 0 $$;
CREATE FUNCTION shown(address text, kind text, path text) RETURNS jsonb LANGUAGE plpgsql AS $$
    BEGIN RETURN member_get(jsonb_build_object('email', address, 'addr_type', kind, 'datakey', path)) -> 'datakey'; END $$;
-- What member_get shows now: it reads with the snapshot of the statement that calls it.
CREATE FUNCTION got(address text, path text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN member_get(address, path); END $$;
\set ECHO all
SELECT member_set('{"email": 17, "addr_type": "vk", "datakey": [["x", "set", 1]]}') ->> 'newbie', member_set('{"email": 17, "addr_type": "tg"}') ->> 'newbie', member_set('{"email": 18, "addr_type": "max"}') ->> 'newbie', member_set('a@test.ru', '[]') ->> 'newbie';
SELECT shown('17', 'vk', 'member.vk'), shown('17', 'tg', 'member.tg'), shown('18', 'max', 'member.max'), got('a@test.ru', 'member.vk');

-- One state each, with the date of its last report; another report changes that alone.
SELECT report(code, '17', 'vk', '{"community": 5}', '2024-05-0' || n || 'T00:00:00Z') FROM unnest(ARRAY['sub_vk', 'join_vk', 'unsub_vk', 'leave_vk', 'undeliv_vk']) WITH ORDINALITY AS t (code, n);
SELECT report('sub_vk', '17', 'vk', '{"community": 6}'), report('sub_vk', '17', 'vk', '{"community": 5}', '2024-06-01T00:00:00Z');
-- An older report that comes late changes nothing.
SELECT report('sub_vk', '17', 'vk', '{"community": 5}', '2024-01-01T00:00:00Z');
SELECT shown('17', 'vk', 'member.vk');
SELECT shown('17', 'vk', 'member.vk.5.sub'), shown('17', 'vk', 'member.haslock');
SELECT report(code, '17', 'tg', '{"bot": 9}') FROM unnest(ARRAY['sub_tg', 'unsub_tg', 'undeliv_tg']) AS code;
SELECT report(code, '18', 'max', '{"bot": 9}') FROM unnest(ARRAY['sub_max', 'unsub_max', 'undeliv_max']) AS code;
SELECT shown('17', 'tg', 'member.tg'), shown('18', 'max', 'member.max');
-- Each that changed something gave the body a version.
SELECT h.value, h.addr_type, b.version, (SELECT max(e.version) FROM member.event e WHERE e.dataset = b.dataset) AS last FROM member.head h JOIN member.body b USING (dataset) WHERE h.addr_type <> 'email' ORDER BY h.id;

-- A report of another type, or of no community, is in the log and changes no head.
SELECT report('sub_tg', '17', 'vk', '{"bot": 9}'), report('sub_vk', 'a@test.ru', 'email', '{"community": 5}'), report('sub_vk', '17', 'vk', '{}');
SELECT refusal($$SELECT report('sub_vk', '17', 'vk', '{"community": "five"}')$$);
SELECT count(*) FROM member.head_state;
SELECT * FROM member_check();

-- States go where the head goes, go with it, and come back with it.
SELECT member_merge('{"email": "a@test.ru", "head": 17, "head_addr_type": "tg", "head_rule": "transplant"}') -> 'source_deleted', shown('17', 'tg', 'member.tg'), got('a@test.ru', 'member.tg');
SELECT member_head_detach('{"email": 17, "addr_type": "tg"}') #> '{member,dataset}';
SELECT count(*) FROM member.head_state s JOIN member.address a USING (id) WHERE a.addr_type = 'tg';
SELECT inverse -> 0 -> 'states' -> 0 ->> 'state', jsonb_array_length(inverse #> '{0,states}') FROM member.journal ORDER BY id DESC LIMIT 1;
SELECT member_unmerge(max(id)) -> 'undone' FROM member.journal;
SELECT shown('17', 'tg', 'member.tg');
SELECT member_head_detach('{"email": 17, "addr_type": "tg", "split": 1}') #> '{member,dataset}' > '0', shown('17', 'tg', 'member.tg');
SELECT member_delete('{"email": 17, "addr_type": "vk"}');
SELECT count(*) FROM member.head_state s JOIN member.address a USING (id) WHERE a.addr_type = 'vk';
SELECT member_set('{"email": 17, "addr_type": "vk"}') ->> 'newbie', shown('17', 'vk', 'member.vk');
SELECT * FROM member_check();
-- What belongs to no head is found.
INSERT INTO member.head_state SELECT dataset, id, 5, 'sub', now() FROM member.head WHERE addr_type = 'email';
INSERT INTO member.head_state VALUES (999, 999, 5, 'sub', now());
SELECT problem, detail FROM member_check();

-- A push token tells the system and the application, whose number is that of its credentials.
SELECT authext_create('{"login": "My app", "type": 16, "auth": {"fcm": {"key": "k"}}}');
SELECT member_set(jsonb_build_object('email', repeat('t', 64) || '@fcm.android.1', 'addr_type', 'pushapp')) ->> 'newbie';
SELECT shown(repeat('t', 64) || '@fcm.android.1', 'pushapp', 'member.mobile_os'), shown(repeat('t', 64) || '@fcm.android.1', 'pushapp', 'member.mobile_app') = authext_get('{"id": 1}') #> '{obj,id}', got('a@test.ru', 'member.mobile_os');
