-- Groups that are the audience of a community or a bot: their counters, and filters that ask for states.
\set ECHO none
\i helper.sql
CREATE FUNCTION report(code text, address int, addr_type text, about jsonb, at text DEFAULT '2024-05-01T00:00:00Z') RETURNS boolean LANGUAGE sql AS $$
    SELECT event_emit(jsonb_build_object('event_type', code, 'email', address, 'addr_type', addr_type, 'event_date', at, 'event_data', about)) > 0 $$;
\set ECHO all
SELECT group_create('{"id": "fans", "type": "list", "addr_type": "vk", "community": 5}'), group_create('{"id": "readers", "type": "filter", "addr_type": "tg", "bot": "9"}');
SELECT group_get('{"id": "fans"}') #> '{obj,community}', group_get('{"id": "readers"}') #> '{obj,bot}';
SELECT request, refusal(format('SELECT group_create(%L)', request)) FROM unnest(ARRAY[
    '{"id": "x", "type": "list", "addr_type": "vk", "community": "five"}', '{"id": "x", "type": "list", "addr_type": "vk", "community": "05"}', '{"id": "x", "type": "list", "addr_type": "vk", "bot": 5}',
    '{"id": "x", "type": "list", "addr_type": "vk", "community": 5, "bot": 5}', '{"id": "x", "type": "list", "addr_type": "max", "community": 5}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT count(member_set(jsonb_build_object('email', n, 'addr_type', 'vk', 'datakey', '[["-group.fans", "set", 1]]'::jsonb))) FROM generate_series(1, 9) AS n;
-- 1 and 2 allow and are members; 3 is a member alone; 4 forbade it; 5 left; 6 allows and is not reached; 7 was not, and
-- allows again; 8 says so to another community; of 9 nothing is known.
SELECT count(*) FILTER (WHERE report(code, address, 'vk', jsonb_build_object('community', community), at)) FROM (VALUES
    ('sub_vk', 1, 5, '2024-05-01T00:00:00Z'), ('join_vk', 1, 5, '2024-05-01T00:00:00Z'), ('sub_vk', 2, 5, '2024-05-02T00:00:00Z'), ('join_vk', 2, 5, '2024-05-01T00:00:00Z'),
    ('join_vk', 3, 5, '2024-05-01T00:00:00Z'), ('sub_vk', 4, 5, '2024-05-01T00:00:00Z'), ('unsub_vk', 4, 5, '2024-05-02T00:00:00Z'),
    ('sub_vk', 5, 5, '2024-05-01T00:00:00Z'), ('join_vk', 5, 5, '2024-05-01T00:00:00Z'), ('leave_vk', 5, 5, '2024-05-03T00:00:00Z'),
    ('sub_vk', 6, 5, '2024-05-01T00:00:00Z'), ('undeliv_vk', 6, 5, '2024-05-02T00:00:00Z'), ('undeliv_vk', 7, 5, '2024-05-01T00:00:00Z'), ('sub_vk', 7, 5, '2024-05-02T00:00:00Z'),
    ('sub_vk', 8, 6, '2024-05-01T00:00:00Z')) AS t(code, address, community, at);
SELECT jsonb_pretty(member_list_count('{"group": "fans"}'));
-- The counters that locks bear on.
SELECT event_emit('{"event_type": "unsub", "email": 1, "addr_type": "vk"}') > 0, event_emit('{"event_type": "hbounce", "email": 9, "addr_type": "vk"}') > 0;
SELECT member_list_count('{"group": "fans", "with_minmax": 1}');
SELECT member_list_count('{"group": "fans", "member.haslock": 0}') -> 'obj';
-- A filter group of a bot; another group of the same type that is nobody's audience has the other counters.
SELECT count(member_set(jsonb_build_object('email', n, 'addr_type', 'tg'))) FROM generate_series(1, 3) AS n;
SELECT report('sub_tg', 1, 'tg', '{"bot": 9}'), report('sub_tg', 2, 'tg', '{"bot": 9}'), report('unsub_tg', 2, 'tg', '{"bot": 9}');
SELECT member_list_count('{"group": "readers"}') -> 'obj';
SELECT member_list_count('{"group.filter": [], "addr_type": "tg"}') #> '{obj,total.tg}';

-- Filters ask for the date of a state.
CREATE FUNCTION found(VARIADIC conditions jsonb[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT member_list(jsonb_build_object('addr_type', 'vk', 'group.filter', to_jsonb(conditions))) -> 'list' $$;
SELECT found('{"a": "member.vk.5.sub", "op": "exists"}'), found('{"a": "member.vk.5.sub", "op": ">=", "v": "2024-05-02"}'), found('{"a": "member.vk.5.sub:YD", "op": "==", "v": "2024-05-01"}', '{"a": "member.vk.5.left", "op": "!exists"}'), found('{"a": "member.vk.6.sub", "op": "!exists"}');
SELECT group_filter_set('{"id": "readers", "filter": [{"a": "member.tg.9.sub", "op": "exists"}, {"a": "member.tg.9.unsub", "op": "!exists"}]}') ->> 'id', group_set('{"id": "readers", "live": 1, "sync": 1}') ->> 'id';
SELECT group_get('{"id": "readers"}') #> '{obj,count}';
-- A live group follows what is reported.
SELECT report('sub_tg', 3, 'tg', '{"bot": 9}'), group_get('{"id": "readers"}') #> '{obj,count}';
SELECT group_get('{"id": "readers"}') #> '{obj,count}';
SELECT a, refusal(format('SELECT found(jsonb_build_object(''a'', %L::text, ''op'', ''exists''))', a)) FROM unnest(ARRAY['member.tg.9.member', 'member.tg.09.sub', 'member.tg.9', 'member.email.9.sub', 'member.vk.x.sub']) WITH ORDINALITY AS t(a, n) ORDER BY n;
SELECT * FROM member_check();
