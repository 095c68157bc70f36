-- member_export: everything that is known about a person, in one document.
\i helper.sql
\set QUIET on
-- What the clock and chance decide is the same everywhere.
CREATE FUNCTION settled(document jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT regexp_replace(document::text, '"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^"]*"', '"TIME"', 'g')::jsonb $$;

SELECT member_set('{"email": "ada@test.ru", "source": "192.0.2.1", "datakey": [["base.name", "set", "Ada"], ["n", "set", 1.10]]}') ->> 'newbie';
SELECT member_set('old@test.ru', '[["base.city", "set", "London"]]') ->> 'newbie';
SELECT member_set('bob@test.ru', '[["base.name", "set", "Bob"]]') ->> 'newbie';
SELECT member_merge('{"email": "ada@test.ru", "head": "old@test.ru", "head_rule": "transplant"}') ->> 'source_deleted';
SELECT event_emit('{"event_type": "click", "email": "old@test.ru", "event_data": {"ip": "192.0.2.2"}, "custom_data": {"a": 1}}') > 0;
SELECT event_emit('{"event_type": "click", "email": "bob@test.ru"}') > 0;
INSERT INTO member.stoplist VALUES ('ada@test.ru', 'email', 'owner', 7, '2024-05-01 12:00Z', '192.0.2.3');
INSERT INTO member.delivery_error (value, addr_type, lock, at, message, errors) VALUES ('ada@test.ru', 'email', false, '2024-05-01 12:00Z', 'full', 1);
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('pl1', 'List', 'list', 'email', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'pl1', '2024-05-01' FROM member.head WHERE value = 'ada@test.ru' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT group_create('{"id": "londoners", "type": "filter"}') ->> 'id', group_filter_set('{"id": "londoners", "filter": [{"a": "base.city", "op": "==", "v": "London"}]}') -> 'usage';
SELECT group_set('{"id": "londoners", "live": 1, "sync": 1}') ->> 'id';
SELECT member_head_attach('{"email": "ada@test.ru", "head": "17", "head_addr_type": "tg"}') ->> 'warnings';
SELECT event_emit('{"event_type": "sub_tg", "email": "17", "addr_type": "tg", "event_data": {"bot": 9}}') > 0;
INSERT INTO member.track SELECT 1, 'hook.resend', 0, now(), now(), '3', 1, 'for ada@test.ru', NULL, NULL, 0, 1, '{"id": 1}', NULL, NULL, NULL, 0, false;
INSERT INTO member.track SELECT 2, 'hook.resend', 0, now(), now(), '3', 1, 'for bob@test.ru', NULL, NULL, 0, 1, '{"id": 1}', NULL, NULL, NULL, 0, false;
DELETE FROM member.event_order;
INSERT INTO member.event_order SELECT 1, min(id), max(id), array_agg(slot ORDER BY id), array_agg(dataset ORDER BY id), array_agg(id ORDER BY id)
    FROM (SELECT * FROM member.event WHERE event_type = 'click' ORDER BY id) e;
INSERT INTO member.hook_batch SELECT 9, '00000000-0000-4000-8000-000000000001', 1, 2, '{1,2}', '[{"a": 1}, {"b": 1}]', false, true, now();
INSERT INTO member.hook_attempt VALUES (9, now(), '00000000-0000-4000-8000-000000000001', 1, 'status', 500, 'no', 1, 2, 1, 2, 'closed'), (9, now(), '00000000-0000-4000-8000-000000000002', 1, 'status', 500, 'other', 1, 1, 3, 3, 'closed');

SELECT key, jsonb_pretty(value) FROM jsonb_each(settled(member_export('Ada@test.ru'))) ORDER BY key COLLATE "C";
-- Each head gives the same; so does the number.
SELECT member_export('old@test.ru') = member_export('ada@test.ru'), member_export('{"email": 1, "addr_type": "id"}'::jsonb) = member_export('{"email": "ada@test.ru"}'::jsonb);
SELECT member_export('{"email": "ada@test.ru", "reason": "none is asked for"}'::jsonb) -> 'warnings';
SELECT member_api('{"action": "member.export", "email": "ada@test.ru"}') - 'duration' = member_export('ada@test.ru');

-- What outlives the subscriber is exported too.
SELECT member_delete('{"email": "ada@test.ru", "wipe": 1}');
SELECT settled(member_export('ada@test.ru') - 'events' - 'journal' - 'batches' - 'attempts' - 'tracks');
SELECT jsonb_array_length(member_export('ada@test.ru') -> 'events'), jsonb_array_length(member_export('ada@test.ru') -> 'journal');
INSERT INTO member.stoplist VALUES ('never@test.ru', 'email', 'owner', 0, '2024-05-01 12:00Z', NULL);
SELECT member_export('never@test.ru');

SELECT refusal('SELECT member_export(''nobody@test.ru'')'), refusal('SELECT member_export(''{"email": 999, "addr_type": "id"}''::jsonb)');
SELECT refusal('SELECT member_export(''{"email": 1, "addr_type": "dataset"}''::jsonb)'), refusal('SELECT member_export(''{}''::jsonb)'), refusal('SELECT member_export(''{}'')');
