-- member_list and member_list_count.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(format('p%s@%s.ru', n, CASE WHEN n % 2 = 0 THEN 'bb' ELSE 'aaa' END), format('[["base.age", "set", %s], ["base.city", "set", "%s"], ["orders", "set", [{"sum": %s, "no": "A%s"}, {"sum": 55, "no": "B%s"}]]]', n, (ARRAY['Tula', 'Omsk', 'Moscow'])[n % 3 + 1], n * 10, n, n)::jsonb)) FROM generate_series(1, 6) AS n;
SELECT member_set('{"email": "p1@aaa.ru", "head_attach": [{"head": "+79161234567"}, {"head": "C-1", "head_addr_type": "csid"}, {"head": "other@aaa.ru"}]}') ->> 'newbie', member_set('{"email": "p2@bb.ru", "head_attach": [{"head": "+79161234568"}, {"head": "+79161234569"}]}') ->> 'newbie';
-- Without a format: identifiers. Pages fit together.
SELECT member_list('{"addr_type": "email"}') -> 'list';
SELECT member_list('{"addr_type": "email", "page": 2, "pagesize": 3}') -> 'list', member_list('{"addr_type": "email", "page": 4, "pagesize": 3}') -> 'list';
SELECT jsonb_array_length(member_list('{}') -> 'list');
-- Sorted.
SELECT sort, member_list(format('{"addr_type": "email", "sort": "%s", "sort.order": "%s"}', sort, direction)::jsonb) -> 'list' FROM (VALUES ('member.id', 'desc'), ('member.email', 'asc'), ('member.domain', 'asc'), ('base.age', 'desc'), ('base.city', 'asc'), ('member.create.time', 'asc'), ('member.import.time', 'asc')) AS t(sort, direction);
-- Columns.
SELECT member_list('{"group.filter": [{"a": "base.age", "op": "<", "v": 3}], "addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "base"}, {"datakey": "orders[-1].no"}, {"datakey": "nowhere"}], "caption": "id"}');
SELECT member_list('{"group.filter": [{"a": "base.age", "op": "==", "v": 3}], "format": [{"datakey": "member.haslock"}, {"datakey": "member.head.list"}], "caption": ["lock", "all"]}') #> '{list,0}';
SELECT member_list('{"group.filter": [{"a": "base.age", "op": "<=", "v": 2}, {"a": "member.addr_type", "op": "eq", "v": "msisdn"}], "addr_type": "email", "format": [{"datakey": "member.email"}]}') -> 'list';
-- has … save, and labels.
SELECT jsonb_pretty(member_list('{"addr_type": "email", "group.filter": [{"a": "orders", "op": "has", "v": [{"a": "sum", "op": ">", "v": 50}], "save": "big"}, {"a": "base.age", "op": ">", "v": 4, "label": "age"}], "format": [{"datakey": "member.email"}, {"save": "big", "datakey": "no"}, {"label": "age"}, {"label": "none"}, {"save": "none", "datakey": "no"}]}'));
-- The five published examples of other heads.
SELECT member_list('{"addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "member.head.id"}, {"datakey": "member.head.addr_type"}, {"datakey": "member.head.email"}]}') -> 'list';
SELECT member_list('{"addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "member.head.id", "outer": 1}, {"datakey": "member.head.addr_type", "outer": 1}, {"datakey": "member.head.email", "outer": 1}]}') -> 'list';
SELECT member_list('{"addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "member.head.id", "addr_type": "msisdn"}, {"datakey": "member.head.addr_type", "addr_type": "msisdn"}, {"datakey": "member.head.email", "addr_type": "msisdn"}]}') -> 'list';
SELECT member_list('{"addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "member.head.id", "addr_type": "msisdn", "outer": 1}, {"datakey": "member.head.addr_type", "addr_type": "msisdn", "outer": 1}, {"datakey": "member.head.email", "addr_type": "msisdn", "outer": 1}]}') -> 'list';
SELECT member_list('{"addr_type": "email", "format": [{"datakey": "member.email"}, {"datakey": "member.head.id", "addr_type": "msisdn"}, {"datakey": "member.head.email", "addr_type": "msisdn"}, {"datakey": "member.head.id", "addr_type": "csid"}, {"datakey": "member.head.email", "addr_type": "csid"}]}') -> 'list';
-- Locks.
SELECT event_emit('{"event_type": "hbounce", "email": "p3@aaa.ru", "event_data": {"message": "no such box"}}') > 0, event_emit('{"event_type": "unsub", "email": "p4@bb.ru"}') > 0;
SELECT member_set('{"email": "p5@aaa.ru", "datakey": [["member.lockconfirm", "set", 1]]}') ->> 'newbie', event_emit('{"event_type": "hbounce", "email": "p5@aaa.ru"}') > 0;
SELECT lock, member_list(format('{"addr_type": "email", "member.haslock": "%s"}', lock)::jsonb) -> 'list' FROM unnest(ARRAY['-1', '0', '1', '2', '4', '6']) WITH ORDINALITY AS t(lock, n) ORDER BY n;
SELECT jsonb_pretty(member_list_count('{}'));
SELECT member_list_count('{"addr_type": "email", "member.haslock": 4}') #> '{obj,total}', member_list_count('{"group.filter": [{"a": "base.age", "op": ">", "v": 2}], "with_minmax": 1}') -> 'obj' @> '{"total": 4, "locked": 3, "active": 1, "id_min": 3, "id_max": 6, "id_min.msisdn": null}';
-- Of a list group: what is counted already.
SELECT refusal('SELECT group_snapshot(''{"to": {"id": "all"}, "from": {"list": ["p1@aaa.ru"]}}'')');
SELECT group_create('{"id": "all", "type": "list"}'), group_snapshot('{"to": {"id": "all"}, "from": {"list": ["p1@aaa.ru", "p2@bb.ru", "p3@aaa.ru", "p4@bb.ru"]}}') -> 'list';
SELECT member_list_count('{"group": "all", "with_minmax": 1}') -> 'obj' @> '{"total": 4, "active": 2, "locked": 2, "locked.hardbounced": 1, "locked.unsubscribed": 1, "locked.stoplist": 1, "locked.confirm": 0, "total.email": 4, "id_min": 1, "id_max": 4}';
SELECT member_list('{"group": "all"}') -> 'list', member_list('{"group": "all", "page": 2, "pagesize": 3}') -> 'list', member_list('{"group": "all", "page": 3, "pagesize": 3}') -> 'list', member_list('{"group": "all", "sort.order": "desc", "page": 1, "pagesize": 2}') -> 'list';
-- An answer may be taken again for some time.
SELECT member_list_count('{"group": "all", "cache": {"ttl": 600}}') #> '{obj,total}';
SELECT group_clean('{"id": "all", "email": "p4@bb.ru"}');
SELECT member_list_count('{"group": "all", "cache": {"ttl": 600}}') #> '{obj,total}', member_list_count('{"group": "all"}') #> '{obj,total}';
SELECT member_list_count('{"group": "all", "sync": 0}') ? 'track.id', member_list_count('{"group": "all", "cache": {"ttl": 600}, "sync": 0}') ? 'obj';
-- Refused.
SELECT request, refusal(format('SELECT member_list(%L)', request)) FROM unnest(ARRAY[
    '{"group": "nowhere"}', '{"group": "all", "addr_type": "vk"}', '{"group": "all", "group.filter": []}', '{"addr_type": "fax"}', '{"member.haslock": 8}', '{"page": 1}', '{"page": 1, "pagesize": 1001}',
    '{"format": [{"datakey": "member.head.id"}]}', '{"addr_type": "email", "format": [{"datakey": "member.head.id"}, {"datakey": "member.head.id", "addr_type": "vk"}]}', '{"sort": "member.lock"}', '{"result": "save"}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT refusal('SELECT member_list_count(''{"cache": {"ttl": -1}}'')'), refusal('SELECT member_list_count(''{"group": "nowhere"}'')');
SELECT * FROM member_check();
-- Questions: as codes, as texts; titles; a stored format.
SELECT anketa_quest_add('{"anketa.id": "custom", "obj": [{"id": "pets", "name": "Pets", "type": "nm", "answers": {"c": "Cat", "d": "Dog"}}, {"id": "age", "name": "Age", "type": "int"}]}') IS NOT NULL;
SELECT member_set('{"email": "q@test.ru", "obj": {"custom": {"pets": ["d", "c"], "age": "7"}, "base": {"gender": ["1"]}}}') ->> 'newbie';
SELECT member_list('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "format": [{"anketa": "custom", "quest": "pets"}, {"anketa": "custom", "quest": "age"}, {"anketa": "base", "quest": "gender"}, {"anketa": "member", "quest": "email"}, {"anketa": "member", "quest": "error"}, {"anketa": "base", "quest": "city"}], "caption": "name"}');
SELECT member_list('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "format": [{"anketa": "custom", "quest": "pets"}, {"anketa": "base", "quest": "gender"}], "answers": "decode"}') -> 'list';
SELECT answers, member_list(format('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "format": [{"datakey": "custom.pets"}, {"datakey": "base.gender"}, {"datakey": "custom.age"}], "answers": "%s", "caption": "name"}', answers)::jsonb) -> 'list' FROM unnest(ARRAY['', 'unroll', 'decode']) WITH ORDINALITY AS t(answers, n) ORDER BY n;
SELECT format_set('{"id": "short", "obj": {"name": "Short", "type": "view", "fields": [{"aid": "custom", "qid": "pets"}, {"aid": "member", "qid": "email"}]}}') IS NOT NULL;
SELECT member_list('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "format": "short"}') -> 'list', refusal('SELECT member_list(''{"format": "nowhere"}'')');
