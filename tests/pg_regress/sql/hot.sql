-- Updates of bodies touch no index, whatever is kept beside them: registered datakeys, live groups, lists.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(format('p%s@test.ru', n), format('[["age", "set", %s], ["city", "set", "Tula"]]', n)::jsonb)) FROM generate_series(1, 10) AS n;
SELECT group_index('age', true) ? 'count', group_index('city', true) ? 'count';
SELECT group_create('{"id": "news", "type": "list"}'), group_create('{"id": "adults", "type": "filter"}'), group_create('{"id": "readers", "type": "filter"}');
SELECT group_filter_set('{"id": "adults", "filter": [{"a": "age", "op": ">=", "v": 18}]}') ->> 'id', group_filter_set('{"id": "readers", "filter": [{"op": "in_group", "v": "news"}]}') ->> 'id';
SELECT group_set('{"id": "adults", "live": 1, "sync": 1}'), group_set('{"id": "readers", "live": 1, "sync": 1}');
-- What this transaction did, by the server's own statistics.
BEGIN;
SELECT count(member_set(format('p%s@test.ru', n), format('[["age", "set", %s], ["city", "set", "Omsk"], ["-group.news", "set", 1]]', n + 10)::jsonb)) FROM generate_series(1, 10) AS n;
SELECT event_emit('{"event_type": "unsub", "email": "p1@test.ru"}') > 0, group_clean('{"id": "news", "email": "p2@test.ru"}') -> 'list';
SELECT pg_stat_get_xact_tuples_updated('member.body'::regclass) AS updated, pg_stat_get_xact_tuples_hot_updated('member.body'::regclass) AS hot;
SELECT count(*) FROM member.live_member;
COMMIT;
SELECT pg_stat_force_next_flush();
SELECT n_tup_upd > 0 AS any, n_tup_upd = n_tup_hot_upd AS all_hot FROM pg_stat_user_tables WHERE relid = 'member.body'::regclass;
