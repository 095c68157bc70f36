-- stoplist_get, stoplist_add, stoplist_delete, stoplist_erase: who must not be written to, with a subscriber or without.
\set ECHO none
\i helper.sql
-- The records without the clock.
CREATE FUNCTION records(request jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r ->> 'id', r ->> 'addr_type', r ->> 'email', r ->> 'type', 'sender=' || (r ->> 'sender'), 'from=' || (r ->> 'source'))
    FROM jsonb_array_elements(stoplist_get(request) -> 'list') AS r $$;
-- What member_get shows now: it reads with the snapshot of the statement that calls it.
CREATE FUNCTION got(address text, path text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN member_get(address, path); END $$;
\set ECHO all
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie', member_set('b@test.ru', '[]') ->> 'newbie', member_set('9211234567', '[]') ->> 'newbie';
SELECT member_head_attach('{"email": "b@test.ru", "head": "card", "head_addr_type": "csid"}') #> '{member,id}';

-- A global record locks the head; another one of the same person stays open. The body has a new version; no event is written.
SELECT version FROM member.body ORDER BY dataset;
SELECT stoplist_add('{"email": " A@Test.ru ", "source": "192.0.2.1"}');
SELECT got('a@test.ru', 'member.haslock'), got('a@test.ru', 'member.lockremove'), got('a@test.ru', 'member.update.host');
SELECT stoplist_add('{"email": "card", "addr_type": "csid"}');
SELECT value, lock FROM member.head ORDER BY id;
SELECT version FROM member.body ORDER BY dataset;
SELECT records('{}');
SELECT string_agg(event_type, ' ' ORDER BY id) FROM member.event;
-- Again: the record stays as it is, and so does the body.
SELECT stoplist_add('{"email": "a@test.ru", "source": "192.0.2.9"}');
SELECT records('{"email": "a@test.ru"}'), (SELECT version FROM member.body ORDER BY dataset LIMIT 1);
SELECT (r ->> 'dt')::timestamp = date_trunc('second', s.at AT TIME ZONE 'Europe/Moscow') FROM jsonb_array_elements(stoplist_get('{"email": "a@test.ru"}') -> 'list') AS r, member.stoplist s WHERE s.value = 'a@test.ru';

-- No subscriber is needed: the identifier is registered, and whoever enters later is locked.
SELECT stoplist_add('{"list": ["new@test.ru", "b@test.ru", "what?", "8 921 765 43 21"]}');
SELECT value, id, dataset FROM member.address WHERE value IN ('new@test.ru', '+79217654321') ORDER BY id;
SELECT member_set('new@test.ru', '[]') ->> 'newbie', got('new@test.ru', 'member.haslock');
-- By number, of one that is known; a number that nobody has is nothing to add.
SELECT stoplist_add('{"list": ["3", 99], "addr_type": "id"}');
SELECT value FROM member.stoplist WHERE addr_type = 'msisdn' ORDER BY value;
-- Records survive the subscriber and lock whoever comes back.
SELECT member_delete('{"email": "a@test.ru"}'), records('{"email": "a@test.ru"}');
SELECT member_set('a@test.ru', '[]') #> '{member,id}', got('a@test.ru', 'member.haslock');

-- Of single senders, by number or by the name of one in the dictionary; these do not lock.
SELECT sender_set('{"name": "Shop"}');
SELECT stoplist_delete('{"email": "a@test.ru"}'), got('a@test.ru', 'member.haslock');
SELECT stoplist_add('{"email": "a@test.ru", "sender": ["Shop", 7, "8"]}'), got('a@test.ru', 'member.haslock');
SELECT records('{"email": "a@test.ru"}');
SELECT records('{"sender": "Shop"}');
SELECT records('{"sender": 9}');
SELECT refusal('SELECT stoplist_add(''{"email": "a@test.ru", "sender": ["Shop", "Nobody"]}'')');
-- One of several records goes, and the lock with the last global one.
SELECT stoplist_add('{"email": "a@test.ru", "sender": ["", 7]}'), got('a@test.ru', 'member.haslock');
SELECT stoplist_delete('{"email": "a@test.ru", "sender": [7, 9]}'), stoplist_delete('{"email": "a@test.ru", "sender": 9}');
SELECT got('a@test.ru', 'member.haslock'), stoplist_delete('{"email": "a@test.ru", "sender": 0}'), got('a@test.ru', 'member.haslock');
SELECT records('{"list": ["a@test.ru", "new@test.ru", "nobody@test.ru", "a@"]}');
SELECT stoplist_get('{"list": ["a@", "nobody@test.ru"]}'), refusal('SELECT stoplist_get(''{"email": "a@"}'')');
SELECT stoplist_delete('{"list": ["nobody@test.ru", "a@", "card"]}');
SELECT count(*) FROM member.address WHERE value = 'nobody@test.ru';

-- Records of the type member are the subscriber's own.
SELECT event_emit('{"event_type": "unsub", "email": "new@test.ru", "event_date": "2024-05-01T00:00:00Z", "event_data": {"ip": "192.0.2.7"}}') > 0;
SELECT stoplist_delete('{"email": "new@test.ru"}'), got('new@test.ru', 'member.haslock');
SELECT refusal('SELECT stoplist_delete(''{"email": "new@test.ru", "type": "member"}'')'), refusal('SELECT stoplist_add(''{"email": "a@test.ru", "type": "member"}'')'), refusal('SELECT stoplist_erase(''{"type": "member"}'')');
SELECT records('{"type": "member"}');
SELECT sys_settings_set('{"list": {"stoplist.member.edit": 1}}');
SELECT stoplist_delete('{"email": "new@test.ru", "type": "member"}'), got('new@test.ru', 'member.haslock');
SELECT stoplist_add('{"email": "new@test.ru", "type": "member", "sender": 7}');
SELECT records('{"type": "member"}');
SELECT records('{"type": "owner", "sender": 7}');

-- Pages.
SELECT stoplist_add(jsonb_build_object('list', (SELECT jsonb_agg(format('p%s@test.ru', to_char(n, 'FM000'))) FROM generate_series(1, 120) AS n))) #>> '{list,p001@test.ru}';
SELECT jsonb_array_length(stoplist_get('{}') -> 'list'), stoplist_get('{}') -> 'last_page', stoplist_get('{"addr_type": "csid"}') - 'list';
SELECT records('{"skip": 118, "first": 2}');
SELECT stoplist_get('{"skip": 100, "type": "owner"}') -> 'last_page', jsonb_array_length(stoplist_get('{"skip": 100}') -> 'list');

-- Of a group, of a filter, of a query, of a question to the statistics: records of those whom it selects, by page.
SELECT group_create('{"id": "some", "type": "list", "name": "Some"}') ->> 'id', group_snapshot('{"to": {"id": "some"}, "from": {"list": ["a@test.ru", "b@test.ru", "new@test.ru"]}}') IS NOT NULL;
SELECT stoplist_add('{"email": "b@test.ru", "sender": [7, 8]}') -> 'list';
SELECT records('{"group": "some"}');
SELECT stoplist_get('{"group": "some", "first": 2}') -> 'last_page' IS NULL AS more, records('{"group": "some", "first": 2, "skip": 2}');
SELECT records('{"group": "some", "sender": 7, "type": "owner"}');
SELECT records('{"group.filter": [{"a": "member.email", "op": "^=", "v": "a@"}]}');
SELECT records('{"group.filter": [{"a": "member.addr_type", "op": "==", "v": "csid"}], "addr_type": "csid"}');
SELECT records('{"group": "some", "member.haslock": 1}');
SELECT records('{"sql": "SELECT unnest(ARRAY[''p002@test.ru'', ''p001@test.ru'', ''p002@test.ru'', ''what?'', NULL])"}'), stoplist_get('{"sql": "SELECT ''what?''"}') #> '{warnings,0,id}';
SELECT records('{"stat.uni": {"filter": [{"a": "unsub.dt", "op": "exists"}]}}');
SELECT event_emit('{"event_type": "click", "email": "b@test.ru"}') > 0;
SELECT records('{"stat.uni": {"filter": [{"a": "click.dt", "op": "exists"}]}, "sender": 8}');
-- Conditions on records, and their order.
SELECT records('{"filter": [{"a": "sender", "op": ">", "v": 0}, {"a": "email", "op": "^=", "v": "a@"}]}');
SELECT records('{"filter": [{"op": "or", "v": [{"a": "type", "op": "==", "v": "member"}, {"a": "addr_type", "op": "in", "v": ["csid", "msisdn"]}]}], "order": ["-id", "sender"]}');
SELECT records('{"filter": [{"a": "dt:YD", "op": "<", "v": "current - 1 year"}]}'), records('{"filter": [{"a": "source", "op": "is_null"}, {"a": "id", "op": "<", "v": 4}], "order": ["-email"]}');
SELECT records('{"list": ["b@test.ru", "a@test.ru", "b@test.ru"], "first": 3}');
SELECT stoplist_get('{"list": ["b@test.ru"], "first": 2}') -> 'last_page' AS is_last, stoplist_get('{"list": ["b@test.ru"]}') -> 'last_page' IS NULL AS whole;
SELECT request, refusal(format('SELECT stoplist_get(''%s'')', request)) FROM unnest(ARRAY['{"group": "none"}', '{"group": "some", "email": "a@test.ru"}', '{"group": "some", "addr_type": "csid"}', '{"group.filter": [1]}', '{"stat.uni": {"select": ["click.dt"]}}', '{"sql": "SELECT 1"}', '{"url": "ftp://example.com/"}', '{"order": ["name"]}', '{"filter": [{"a": "base.city", "op": "exists"}]}', '{"filter": [{"op": "in_group", "v": "some"}]}', '{"filter": [{"a": "email[0]", "op": "exists"}]}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
SELECT stoplist_get('{"filter": [{"a": "email", "op": "==", "v": "'' OR true --"}]}');

-- What calls may change of the subscribers' own records in a month: a share of the tariff, or as many as the setting says.
SELECT stoplist_delete('{"email": "b@test.ru", "sender": [7, 8]}') -> 'list', sys_settings_set('{"list": {"stoplist.member.edit": 0}}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.limit", "stoplist.member.rest"]}') -> 'list', sys_settings_set('{"list": {"member.tarif.limit": 3999}}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.limit", "stoplist.member.rest"]}') -> 'list';
SELECT stoplist_add('{"email": "b@test.ru", "type": "member", "sender": [7, "7"]}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
-- What changes nothing costs nothing; what goes beyond is refused whole, and leaves nothing, as data too.
SELECT stoplist_add('{"email": "b@test.ru", "type": "member", "sender": 7}') -> 'list', stoplist_delete('{"email": "b@test.ru", "type": "member", "sender": 8}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT refusal('SELECT stoplist_add(''{"list": ["b@test.ru", "never@test.ru"], "type": "member", "sender": [1, 2]}'')');
SELECT member_api('{"action": "stoplist.add", "list": ["b@test.ru", "never@test.ru"], "type": "member", "sender": [1, 2]}') #>> '{errors,0,id}';
SELECT count(*) FROM member.address WHERE value = 'never@test.ru';
SELECT records('{"type": "member"}');
SELECT stoplist_erase('{"type": "member"}');
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT refusal('SELECT stoplist_add(''{"email": "b@test.ru", "type": "member"}'')');
SELECT records('{"type": "member"}');
-- The account's own records, and what the subscriber does, are not counted. The setting wins over the share.
SELECT stoplist_add('{"email": "b@test.ru"}') -> 'list', stoplist_delete('{"email": "b@test.ru"}') -> 'list', event_emit('{"event_type": "unsub", "email": "b@test.ru", "event_date": "2024-05-01T00:00:00Z"}') > 0;
SELECT sys_settings_set('{"list": {"stoplist.member.limit": 4}}') -> 'list', stoplist_delete('{"email": "b@test.ru", "type": "member"}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT sys_settings_set('{"list": {"stoplist.member.limit": 0}}') -> 'list', refusal('SELECT stoplist_add(''{"email": "b@test.ru", "type": "member"}'')');
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT used, month = to_char(statement_timestamp() AT TIME ZONE 'Europe/Moscow', 'YYYY-MM') AS is_this_month FROM member.stoplist_allowance;
-- Another month begins anew.
UPDATE member.stoplist_allowance SET month = '2024-05';
SELECT sys_settings_set('{"list": {"stoplist.member.limit": 5}}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT sys_settings_set('{"list": {"stoplist.member.limit": null, "member.tarif.limit": null, "stoplist.member.edit": 1}}') -> 'list';
SELECT sys_settings_get('{"list": ["stoplist.member.rest"]}') -> 'list';
SELECT stoplist_add('{"email": "new@test.ru", "type": "member", "sender": 7}') -> 'list';

-- Erasing clears all records of a type, or those for a sender; locks follow.
SELECT stoplist_erase('{"sender": "Shop"}'), stoplist_erase('{}');
SELECT records('{}');
SELECT value, lock FROM member.head ORDER BY id;
SELECT stoplist_erase('{"type": "member"}'), stoplist_erase('{"type": "owner"}');
SELECT count(*) FROM member.stoplist;

-- Refused by name.
SELECT refusal(format('SELECT stoplist_add(''%s'')', request)) FROM unnest(ARRAY['{}', '{"email": "a@test.ru", "list": []}', '{"email": "a@test.ru", "type": "x"}', '{"email": "a@test.ru", "sender": -1}', '{"email": "a@test.ru", "sender": {}}',
    '{"email": "a@test.ru", "source": "x"}', '{"email": "a@test.ru", "sync": 0}', '{"group": "pl1"}', '{"group.filter": [1]}', '{"url": "https://example.com/"}', '{"email": 1, "addr_type": "dataset"}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
SELECT refusal('SELECT stoplist_get(''{"first": 51}'')'), refusal('SELECT stoplist_get(''{"skip": -1}'')'), refusal('SELECT stoplist_get(''{"sender": [1, 2]}'')'), refusal('SELECT stoplist_erase(''{"type": "all"}'')');

-- On the wire, also in a batch.
SELECT (member_api('{"action": "batch", "do": [{"action": "stoplist.add", "list": ["b@test.ru", "a@test.ru"]}, {"action": "stoplist.get", "email": "b@test.ru"}, {"action": "stoplist.delete", "email": "b@test.ru"}, {"action": "stoplist.erase"}]}') - 'duration') #- '{result,1,list,0,dt}';
-- Very many, of whom some are known, and some are written twice.
SELECT count(*) FROM jsonb_each(stoplist_add(jsonb_build_object('list', (SELECT jsonb_agg(format('m%s@test.ru', 2 * n)) FROM generate_series(1, 1500) n))) -> 'list') WHERE value = '1';
SELECT count(*) FROM jsonb_each(stoplist_add(jsonb_build_object('list', (SELECT jsonb_agg(format('m%s@test.ru', (7 * n) % 3000 + 1)) FROM generate_series(1, 4000) n), 'sender', 9)) -> 'list') WHERE value = '1';
SELECT count(*), count(DISTINCT id), count(dataset) FROM member.address WHERE value LIKE 'm%@test.ru';
SELECT sender, count(*) FROM member.stoplist WHERE value LIKE 'm%@test.ru' GROUP BY sender ORDER BY sender;
SELECT * FROM member_check();
