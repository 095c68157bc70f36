-- Filter groups: a rule, who it holds for, as rows, as a plan; datakeys that are kept for filters.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(format('p%s@test.ru', n), format('[["base.age", "set", %s], ["base.city", "set", "%s"], ["orders", "set", [{"sum": %s}, {"sum": 5}]]]', n, (ARRAY['Tula', 'Omsk', 'Moscow'])[n % 3 + 1], n * 10)::jsonb)) FROM generate_series(1, 9) AS n;
SELECT member_set('{"email": "p1@test.ru", "head_attach": [{"head": "+79161234567"}]}') ->> 'newbie';
SELECT group_create('{"id": "adults", "type": "filter"}');
SELECT group_filter_get('{"id": "adults"}');
SELECT group_filter_set('{"id": "adults", "filter": [{"a": "base.age", "op": ">", "v": 5}]}');
SELECT email FROM group_members('adults') ORDER BY 1;
SELECT group_create('{"id": "tula", "type": "filter"}'), group_filter_set('{"id": "tula", "filter": [{"op": "in_group", "v": "adults"}, {"a": "base.city", "op": "==", "v": "Tula"}]}');
SELECT email, addr_type FROM group_members('tula') ORDER BY 1;
SELECT group_filter_get('{"id": "tula", "with_name": 1}');
SELECT group_filter_match('{"id": "tula", "list": ["p6@test.ru", "p1@test.ru", "+79161234567", "nobody@test.ru", "@"]}') -> 'list';
SELECT group_filter_match('{"group.filter": [{"a": "size(orders)", "op": "==", "v": 2}], "email": "+79161234567"}') -> 'list';

-- What is no rule.
SELECT filter, refusal(format('SELECT group_filter_set(''{"id": "adults", "filter": %s}'')', filter)) FROM unnest(ARRAY[
    '{}', '[5]', '[{"a": "x", "op": "~~", "v": 1}]', '[{"a": "x", "op": "rx", "v": "("}]', '[{"op": "in_group", "v": "adults"}]', '[{"op": "in_group", "v": "tula"}]', '[{"op": "in_group", "v": "nowhere"}]']) WITH ORDINALITY AS t(filter, n) ORDER BY n;
SET pg_member.filter_max_usage = 1;
SELECT refusal('SELECT group_filter_set(''{"id": "adults", "filter": [{"a": "x", "op": "rx", "v": "a"}]}'')');
RESET pg_member.filter_max_usage;
SET pg_member.filter_max_depth = 1;
SELECT refusal('SELECT group_filter_set(''{"id": "adults", "filter": [{"op": "or", "v": [{"a": "x", "op": "==", "v": 1}]}]}'')');
RESET pg_member.filter_max_depth;
SELECT group_create('{"id": "list", "type": "list"}');
SELECT refusal('SELECT group_filter_set(''{"id": "list", "filter": []}'')'), refusal('SELECT group_delete(''{"id": "adults"}'')'), refusal('SELECT * FROM group_members(''nowhere'')');

-- A datakey that is kept: the same answers, by an index; kept up to date by every call.
SELECT count(*) > 0 AS asks_bodies FROM group_explain('tula') AS line WHERE line LIKE '%filter_match%';
SELECT count(*) > 0 AS shows_a_plan FROM group_explain('tula') AS line WHERE line LIKE '%(cost=%';
SELECT group_index('base.city', true), group_index('base.age', true);
SELECT path, ready FROM member.attribute ORDER BY 1;
SELECT count(*), count(number) FROM member.attr_value;
SELECT count(*) FROM group_explain('tula') AS line WHERE line LIKE '%filter_match%';
SELECT email FROM group_members('tula') ORDER BY 1;
SELECT member_set('p1@test.ru', '[["base.age", "set", 90], ["base.city", "set", "Tula"]]') ->> 'newbie', member_set('p6@test.ru', '[["base.city", "delete"]]') ->> 'newbie', member_set('new@test.ru', '[["base", "set", {"age": 6, "city": "Tula"}]]') ->> 'newbie';
SELECT email FROM group_members('tula') ORDER BY 1;
SELECT member_merge('{"email": "p6@test.ru", "head": "p1@test.ru", "head_rule": "transplant", "data_rule": {"hashas": "set"}}') IS NOT NULL, member_delete('{"email": "new@test.ru"}');
SELECT email FROM group_members('tula') ORDER BY 1;
SELECT path, dataset FROM member.attr_value v WHERE NOT EXISTS (SELECT FROM member.body b WHERE b.dataset = v.dataset);
SELECT path, attr_value.value FROM member.attr_value JOIN member.address USING (dataset) WHERE address.value = 'p6@test.ru' ORDER BY 1;
SELECT group_index_drop('base.city'), group_index_drop('base.city');
SELECT email FROM group_members('tula') ORDER BY 1;
SELECT refusal('SELECT group_index(''member.id'')'), refusal('SELECT group_index(''a.*'')'), refusal('SELECT group_index(''a..b'')');
SELECT group_index('orders[0].sum') ? 'track.id', group_index('orders[0].sum') ? 'track.id' AS again, group_index('base.age') ? 'track.id' AS ready;

-- member_where.
SELECT member_where('{"email": "p9@test.ru"}'), member_where('{"email": "p9@test.ru", "group": ["tula"]}') -> 'list', member_where('{"email": "nobody@test.ru"}') -> 'list', member_where('{"email": "@"}') -> 'list';
SELECT member_where('{"email": "p9@test.ru", "sync": 0}') ? 'track.id', refusal('SELECT member_where(''{"email": "p9@test.ru", "group": "nowhere"}'')'), refusal('SELECT member_where(''{"email": "p9@test.ru", "group": "list"}'')');
SET pg_member.where_timeout = 0;
SELECT refusal('SELECT member_where(''{"email": "p9@test.ru"}'')');
RESET pg_member.where_timeout;
SELECT * FROM member_check();
