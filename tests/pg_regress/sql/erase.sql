-- member_erase: a person goes from everywhere, numbers stay, and the same identifier is known again.
\i helper.sql
\set QUIET on

-- A person of several heads, with something in every place; and another one who was merged with it, and one who names it.
SELECT member_set('ada@test.ru', '[["base.name", "set", "Lovelace-1"], ["base.city", "set", "London"]]') ->> 'newbie';
SELECT member_set('{"email": "ada@test.ru", "head_attach": [{"head": "+79261234567"}, {"head": "C-ADA-1815", "head_addr_type": "csid"}]}') ->> 'newbie';
SELECT member_set('old@test.ru', '[["base.phone", "set", "Lovelace-2"]]') ->> 'newbie';
SELECT member_merge('{"email": "ada@test.ru", "head": "old@test.ru", "head_rule": "transplant"}') ->> 'source_deleted';
SELECT member_set('bob@test.ru', '[["base.name", "set", "Babbage"]]') ->> 'newbie';
SELECT member_set('nada@test.ru', '[["base.name", "set", "Nada"]]') ->> 'newbie';
SELECT event_emit('{"event_type": "click", "email": "ada@test.ru", "event_data": {"ip": "192.0.2.77"}, "custom_data": {"secret": "Lovelace-3"}}') > 0;
SELECT event_emit('{"event_type": "reply", "email": "bob@test.ru", "event_data": {"message": "tell ada@test.ru"}}') > 0;
SELECT event_emit('{"event_type": "reply", "email": "bob@test.ru", "event_data": {"message": "tell nada@test.ru"}}') > 0;
INSERT INTO member.stoplist VALUES ('ada@test.ru', 'email', 'member', 0, '2024-05-01 12:00Z', '192.0.2.78'), ('ada@test.ru', 'email', 'owner', 7, '2024-05-02 12:00Z', NULL);
UPDATE member.head SET lock = lock | 1 WHERE value = 'ada@test.ru';
INSERT INTO member.delivery_error (value, addr_type, lock, at, message, errors) VALUES ('old@test.ru', 'email', true, now(), 'Lovelace-4 is full', 3);
UPDATE member.head SET lock = lock | 4 WHERE value = 'old@test.ru';
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('pl1', 'List', 'list', 'email', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'pl1', current_date FROM member.head WHERE value = 'ada@test.ru' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT blocked_value_create('{"value": "C-ADA-1815", "addr_type": "csid"}') IS NOT NULL;
INSERT INTO member.track SELECT 1, 'hook.resend', -1, now(), now(), '3', 1, 'for ada@test.ru', NULL, NULL, 0, 1, '{"name": "Lovelace-5"}', NULL, NULL, NULL, 0, false;
INSERT INTO member.hook_batch SELECT 9, '00000000-0000-4000-8000-000000000001', 1, 3, '{1,2,3}', '[{"a": "Lovelace-6"}, {"a": "Lovelace-9"}, {"a": "Babbage"}]', false, true, now();
INSERT INTO member.hook_batch SELECT 9, '00000000-0000-4000-8000-000000000002', 3, 3, '{3}', '[{"to": "ada@test.ru"}]', false, true, now();
INSERT INTO member.hook_attempt VALUES (9, now(), '00000000-0000-4000-8000-000000000001', 1, 'status', 500, 'no Lovelace-7', 1, 3, 1, 3, 'closed'), (9, now(), '00000000-0000-4000-8000-000000000002', 1, 'status', 500, 'no Babbage', 1, 3, 9, 9, 'closed');
DELETE FROM member.event_order;
INSERT INTO member.event_order SELECT 1, min(id), max(id), array_agg(slot ORDER BY id), array_agg(dataset ORDER BY id), array_agg(id ORDER BY id)
    FROM (SELECT * FROM member.event WHERE event_type IN ('click', 'reply') ORDER BY id) e;
-- One upload was imported, one is being read, one waits.
INSERT INTO member.upload VALUES ('00000000-0000-4000-8000-00000000000a', now(), now(), '{}'), ('00000000-0000-4000-8000-00000000000b', now(), now(), '{}'), ('00000000-0000-4000-8000-00000000000c', now(), NULL, '{}');
INSERT INTO member.upload_part SELECT uid, 1, 'x' FROM member.upload;
INSERT INTO member.track SELECT 2, 'member.import', 1, now(), now(), '3', 1, NULL, NULL, NULL, 0, 1, '{}', '{"uid": "00000000-0000-4000-8000-00000000000b"}', NULL, 1, 0, false;
SELECT * FROM member_check();

-- Every value of any table, as text.
CREATE FUNCTION everywhere(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'member'::regnamespace AND relkind = 'r' ORDER BY relname LOOP
        RETURN QUERY EXECUTE format('SELECT %L || '' '' || count(*) FROM member.%I AS t WHERE t::text ~* %L HAVING count(*) > 0', regexp_replace(t, '_\d\d$', ''), t, what);
    END LOOP;
END $$;
SELECT * FROM everywhere('Lovelace');
SELECT * FROM everywhere('\mada@test');
CREATE TABLE was AS SELECT id, value, dataset FROM member.address;
CREATE TABLE log AS SELECT id, at, event_type, dataset, address_id, version FROM member.event;

-- What stands in the way.
SELECT refusal('SELECT member_erase(''{"a": 1}'')'), refusal('SELECT member_erase(''{}''::jsonb)'), refusal('SELECT member_erase(''ada'')');
SELECT refusal($$SELECT member_erase('{"email": 1, "addr_type": "dataset"}'::jsonb)$$), refusal($$SELECT member_erase('{"email": 999, "addr_type": "id"}'::jsonb)$$);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT refusal('SELECT member_erase(''ada@test.ru'')');
COMMIT;
UPDATE member.track SET status = 0 WHERE id = 1;
SELECT refusal('SELECT member_erase(''ada@test.ru'')');
UPDATE member.track SET status = -1 WHERE id = 1;
SELECT member_api('{"action": "member.erase", "email": "999", "addr_type": "id"}') -> 'errors' -> 0 ->> 'id';

-- The person is named by any of its heads.
SELECT member_erase('{"email": "8 926 123-45-67", "reason": "asked for it", "else": 1}'::jsonb);
SELECT * FROM everywhere('Lovelace');
SELECT * FROM everywhere('\mada@test');
SELECT u.uid, p.id FROM member.upload u JOIN member.upload_part p ON p.upload = u.uid ORDER BY 1;
SELECT * FROM everywhere('926123');
SELECT * FROM everywhere('ADA-1815');
SELECT * FROM everywhere('192.0.2.7');
SELECT * FROM everywhere('old@test');
SELECT * FROM everywhere('London');
SELECT * FROM member_check();
-- The events are where they were, and one more; nobody else has lost anything but what named the person.
SELECT count(*) FROM log l LEFT JOIN member.event e USING (id, at, event_type, dataset, address_id, version) WHERE e.id IS NULL;
SELECT event_type, body, dataset = (SELECT dataset FROM was WHERE value = 'ada@test.ru') FROM member.event WHERE id > (SELECT max(id) FROM log);
SELECT event_type, body FROM member.event e JOIN member.address a ON a.id = e.address_id WHERE a.value IN ('bob@test.ru', 'nada@test.ru') ORDER BY e.id;
SELECT member_get('bob@test.ru', 'base'), member_get('nada@test.ru', 'base');
SELECT resolved FROM member.hook_batch ORDER BY batch;
SELECT answer FROM member.hook_attempt ORDER BY 1;
SELECT action, status, info, request FROM member.track;
SELECT h.call, h.inverse FROM member.journal h ORDER BY id;
SELECT DISTINCT refusal(format('SELECT member_unmerge(%s)', id)) FROM member.journal WHERE call = 'member_merge';
SELECT member_exists('{"list": ["ada@test.ru", "old@test.ru", "79261234567"]}');
SELECT octet_length(key) FROM member.erase_key;
SELECT count(*), bool_and(octet_length(hash) = 32), array_agg(id ORDER BY id) = (SELECT array_agg(id ORDER BY id) FROM was WHERE value NOT IN ('bob@test.ru', 'nada@test.ru')) FROM member.erased_address;
SELECT kind, sender, at AT TIME ZONE 'UTC' FROM member.erased_stop ORDER BY kind;

-- Erasing again is nothing, but what names the person since goes.
SELECT event_emit('{"event_type": "reply", "email": "bob@test.ru", "event_data": {"message": "where is Ada@Test.ru"}}') > 0;
SELECT member_erase('ada@test.ru');
SELECT * FROM everywhere('\mada@test');

-- It returns: the same number, another body, its stop-list; the others each by the way they come.
SELECT (member_set('Ada@Test.ru', '[["base.name", "set", "new"]]') #>> '{member,id}')::bigint = (SELECT id FROM was WHERE value = 'ada@test.ru');
SELECT a.dataset <> w.dataset, member_get('ada@test.ru', 'member.haslock') FROM member.address a JOIN was w USING (id) WHERE a.value = 'ada@test.ru';
SELECT kind, sender, at AT TIME ZONE 'UTC', source FROM member.stoplist ORDER BY kind;
SELECT member_get('ada@test.ru') - 'member';
-- A call that is refused registers nothing.
SELECT member_api('{"action": "member.head.attach", "email": "bob@test.ru", "head": "C-ADA-1815", "head_addr_type": "csid"}') -> 'errors' -> 0 ->> 'id';
SELECT count(*) FROM member.address WHERE value = 'C-ADA-1815';
SELECT blocked_value_list('{}');
SELECT member_set('{"email": "C-ADA-1815", "addr_type": "csid"}') ->> 'newbie';
SELECT kind, addr_type, value FROM member.blocked_value;
SELECT member_set('{"email": "bob@test.ru", "head_attach": [{"head": "79261234567"}, {"head": "old@test.ru"}, {"head": "fresh@test.ru"}]}') ->> 'newbie';
SELECT a.value, a.id = w.id AS same_number, h.lock FROM member.head h JOIN member.address a USING (id) LEFT JOIN was w ON w.value = a.value ORDER BY a.value;
SELECT count(*) FROM member.erased_address;
SELECT count(*) FROM member.erased_stop;
SELECT * FROM member_check();

-- A subscriber who was deleted before, and an identifier that only a stop-list knows.
SELECT member_set('late@test.ru', '[["base.name", "set", "Lovelace-8"]]') ->> 'newbie';
SELECT member_delete('{"email": "late@test.ru", "wipe": 1}');
SELECT * FROM everywhere('Lovelace');
SELECT member_erase('late@test.ru') - 'heads';
SELECT * FROM everywhere('Lovelace');
SELECT * FROM everywhere('late@test');
INSERT INTO member.stoplist VALUES ('never@test.ru', 'email', 'owner', 0, now(), NULL);
SELECT member_erase('never@test.ru');
SELECT * FROM everywhere('never@test');
SELECT member_set('never@test.ru', '[]') ->> 'newbie';
SELECT member_get('never@test.ru', 'member.haslock');
-- And one that nobody knows.
SELECT member_erase('nobody@test.ru');
SELECT * FROM member_check();

-- Groups whose rules or names name the person are named; their rules are somebody's work.
SELECT group_create('{"id": "vip", "type": "filter"}'), group_filter_set('{"id": "vip", "filter": [{"op": "or", "v": [{"a": "member.email", "op": "in", "v": ["Rule@test.ru", "x@test.ru"]}]}]}') ->> 'usage',
       group_create('{"id": "named", "name": "Friends of rule@test.ru", "type": "list"}'), group_create('{"id": "others", "name": "misrule@test.ru", "type": "list"}');
SELECT member_set('rule@test.ru', '[]') ->> 'newbie';
SELECT member_erase('rule@test.ru') - 'heads';
SELECT * FROM everywhere('\mrule@test');
SELECT group_filter_set('{"id": "vip", "filter": []}') ->> 'usage', group_set('{"id": "named", "name": "Friends"}') IS NOT NULL;
SELECT member_erase('rule@test.ru') -> 'warnings', (SELECT count(*) FROM everywhere('\mrule@test'));

-- In one transaction; taken back with it; by the wire, in a batch.
BEGIN;
SELECT member_erase('bob@test.ru') ->> 'erased', (member_set('bob@test.ru', '[]') #>> '{member,id}')::bigint = (SELECT id FROM was WHERE value = 'bob@test.ru');
ROLLBACK;
SELECT member_get('bob@test.ru', 'base.name');
SELECT member_api('{"action": "batch", "do": [{"action": "member.erase", "email": "nada@test.ru"}, {"action": "member.set", "email": "nada@test.ru"}]}') #> '{result,0,erased}';
SELECT id = (SELECT id FROM was WHERE value = 'nada@test.ru') FROM member.address WHERE value = 'nada@test.ru';
-- A damaged key is told.
UPDATE member.erase_key SET key = '\x00';
SELECT refusal('SELECT member_erase(''bob@test.ru'')'), refusal('SELECT member_set(''unseen@test.ru'', ''[]'')');
