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
-- Questions that there are not.
SELECT request, refusal(format('SELECT member_list(%L)', request)) FROM unnest(ARRAY[
    '{"format": [{"anketa": "base", "quest": "citi"}]}', '{"format": [{"datakey": "a"}, {"anketa": "bace", "quest": "city"}]}', '{"format": [{"anketa": "member", "quest": "nothing"}]}', '{"format": [{"anketa": "member", "quest": "confirm"}]}',
    '{"group.filter": [{"aid": "base", "qid": "citi", "which": "dirtyS"}]}', '{"group.filter": [{"aid": "bace", "qid": "city", "which": "dirtyS"}]}', '{"group.filter": [{"aid": "base", "qid": "gender", "which": "eq", "resp": ["1", "7"]}]}',
    '{"group.filter": [{"aid": "member", "qid": "nothing", "which": "dirtyS"}]}', '{"format": [{"datakey": "member.head.emial"}]}', '{"format": [{"datakey": "member.head.email", "outer": "yes"}], "addr_type": "email"}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT refusal('SELECT group_filter_match(''{"group.filter": [{"aid": "custom", "qid": "pets", "which": "eq", "resp": "x"}], "email": "q@test.ru"}'')'), member_list('{"group.filter": [{"aid": "custom", "qid": "pets", "which": "eq", "resp": "c"}]}') -> 'list';
SELECT format_set('{"id": "fill", "obj": {"name": "Fill", "type": "fill", "fields": [{"aid": "custom", "qid": "age", "value": 1}]}}') IS NOT NULL, refusal('SELECT member_list(''{"format": "fill"}'')');
SELECT anketa_quest_delete('{"anketa.id": "custom", "id": "pets"}') IS NOT NULL, refusal('SELECT member_list(''{"format": "short"}'')');
-- Keys of columns that mean nothing.
SELECT member_list('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "addr_type": "email", "format": [{"datakey": "custom.age", "title": "Age"}, {"label": "x", "outer": 1}, {"datakey": "member.head.id", "outer": "1"}], "nothing": 1}');
SELECT member_list('{"format": [{"datakey": "custom.age", "title": "Age"}], "result": "save"}') -> 'warnings';
-- Titles of what the system knows.
SELECT jsonb_pretty(member_list('{"group.filter": [{"a": "custom.age", "op": "==", "v": 7}], "caption": "name", "format": [{"anketa": "member", "quest": "email"}, {"anketa": "member", "quest": "error"}, {"anketa": "member", "quest": "create.host"}, {"anketa": "member", "quest": "lockconfirm"}, {"anketa": "member", "quest": "head.list"}, {"datakey": "member.haslock"}]}') #- '{list,1,4}');
-- By every key of the system; those of the domain by it and then by the address, those without one by the address, behind the others.
CREATE TABLE sorted AS SELECT name, ask FROM unnest(ARRAY['addr_type', 'email', 'domain', 'id', 'dataset', 'origin', 'haslock', 'lockremove', 'confirm.lock', 'confirm.time', 'confirm.host', 'last.tz', 'mobile_os', 'mobile_app', 'create.time', 'create.host',
    'update.time', 'update.host', 'import.time', 'error.lock', 'error.date', 'error.str', 'error.error', 'error.issue', 'error.letter', 'error.lock_issue', 'error.lock_letter']) AS name, LATERAL (SELECT format('{"sort": "member.%s", "format": [{"datakey": "member.%1$s"}, {"datakey": "member.id"}]}', name)::jsonb AS ask) a;
SELECT count(member_set(format('{"email": "S-%s@z%s", "addr_type": "csid", "datakey": [["member.origin", "set", %s]]}', n, 9 - n, n % 2 + 1)::jsonb)) FROM generate_series(1, 4) n, (SELECT count(origin_create(jsonb_build_object('label', label))) FROM unnest(ARRAY['one', 'two']) AS label) o;
UPDATE member.head SET last_tz = 300 - id, confirm_host = 'h' || id % 3, confirm_time = '2024-05-01'::timestamptz - id * interval '1 day' WHERE id % 2 = 0;
UPDATE member.body SET import_time = '2024-05-01'::timestamptz + dataset % 4 * interval '1 day', create_host = 'c' || dataset % 3 WHERE dataset % 3 <> 0;
UPDATE member.body SET create_time = '2024-05-01'::timestamptz - dataset % 5 * interval '1 day', update_time = '2024-05-01'::timestamptz + dataset % 3 * interval '1 hour';
UPDATE member.delivery_error SET at = '2024-05-01'::timestamptz + interval '1 minute' * length(value);
-- Each is in order: of two neighbours the first is not greater, and nulls are last; equal ones go by number.
CREATE VIEW disorder AS
SELECT s.name, direction FROM sorted s, unnest(ARRAY['asc', 'desc']) AS direction,
       LATERAL (SELECT r -> 0 AS v, (r ->> 1)::bigint AS id, n FROM jsonb_array_elements(member_list(s.ask || jsonb_build_object('sort.order', direction)) -> 'list') WITH ORDINALITY AS x(r, n)) AS x,
       LATERAL (SELECT r -> 0 AS v, (r ->> 1)::bigint AS id FROM jsonb_array_elements(member_list(s.ask || jsonb_build_object('sort.order', direction)) -> 'list') WITH ORDINALITY AS x(r, m) WHERE m = n + 1) AS y,
       LATERAL (SELECT jsonb_typeof(x.v) = 'null' AS first_null, jsonb_typeof(y.v) = 'null' AS second_null, CASE direction WHEN 'asc' THEN 1 ELSE -1 END AS sign) AS f,
       LATERAL (SELECT CASE WHEN first_null OR second_null THEN NULL WHEN jsonb_typeof(x.v) = 'number' THEN sign((x.v::numeric - y.v::numeric)) ELSE CASE WHEN (x.v #>> '{}') COLLATE "C" < (y.v #>> '{}') THEN -1 WHEN (x.v #>> '{}') = (y.v #>> '{}') THEN 0 ELSE 1 END END * f.sign AS compared) AS c
 WHERE name <> 'domain' AND (first_null AND NOT second_null OR compared > 0 OR (compared = 0 OR first_null AND second_null) AND x.id * f.sign > y.id * f.sign);
SELECT * FROM disorder;
-- Those of which all have the same, so that nothing is shown by them.
SELECT string_agg(name, ' ') FROM sorted WHERE (SELECT count(DISTINCT row -> 0) FROM jsonb_array_elements(member_list(ask) -> 'list') AS row) = 1;
SELECT count(*), bool_and(jsonb_array_length(member_list(ask) -> 'list') = (SELECT count(*) FROM member.head)) AS whole FROM sorted;
SELECT member_list('{"sort": "member.domain"}') -> 'list', member_list('{"sort": "member.domain", "addr_type": "csid", "sort.order": "desc"}') -> 'list';
SELECT member_list('{"sort": "member.error", "sort.order": "desc", "page": 1, "pagesize": 2}') -> 'list', refusal('SELECT member_list(''{"sort": "member.nothing"}'')'), refusal('SELECT member_list(''{"sort": "-group.all"}'')');
-- A list group over several stretches of numbers: pages from the greatest are those from the least, turned round.
SELECT group_create('{"id": "wide", "type": "list"}');
CREATE FUNCTION more_members(first bigint, count int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval('member.address_id', first);
    RETURN (SELECT count(member_set(format('w%s@test.ru', first + n), '[["-group.wide", "set", 1]]')) FROM generate_series(1, count) AS n);
END $$;
SELECT more_members(4000, 5), more_members(9000, 4), more_members(12280, 15), more_members(40000, 3);
CREATE FUNCTION pages(direction text, size int) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(who ORDER BY p, n) FROM generate_series(1, 29 / size + 2) AS p,
           jsonb_array_elements_text(member_list(jsonb_build_object('group', 'wide', 'sort.order', direction, 'page', p, 'pagesize', size)) -> 'list') WITH ORDINALITY AS x(who, n) $$;
CREATE VIEW wide AS SELECT array_agg(value ORDER BY id) AS up, array_agg(value ORDER BY id DESC) AS down FROM member.group_member JOIN member.head USING (dataset, id) WHERE gid = 'wide';
SELECT size, pages('asc', size) = up AS up, pages('desc', size) = down AS down FROM wide, unnest(ARRAY[1, 2, 4, 5, 7, 27, 50]) AS size;
SELECT count(DISTINCT id >> 12), count(*) FROM member.group_member WHERE gid = 'wide';
SELECT * FROM member_check();
