-- Live groups: their members are kept up to date in the transaction that changes somebody.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE FUNCTION members(gid text) RETURNS text LANGUAGE sql AS 'SELECT coalesce(string_agg(h.value, '' '' ORDER BY h.value), ''-'') FROM member.live_member m JOIN member.head h USING (dataset, id) WHERE m.gid = $1';
SELECT member_set('a@test.ru', '[["age", "set", 30]]') ->> 'newbie', member_set('{"email": "b@test.ru", "datakey": [["age", "set", 10]], "head_attach": [{"head": "b2@test.ru"}, {"head": "+79161234567"}]}') ->> 'newbie';
SELECT group_create('{"id": "adults", "type": "filter"}'), group_create('{"id": "news", "type": "list"}'), group_create('{"id": "readers", "type": "filter"}'), group_create('{"id": "fresh", "type": "filter"}');
SELECT group_filter_set('{"id": "adults", "filter": [{"a": "age", "op": ">=", "v": 18}]}') ->> 'id', group_filter_set('{"id": "readers", "filter": [{"op": "in_group", "v": ["news"]}, {"a": "member.haslock", "op": "==", "v": 0}]}') ->> 'id', group_filter_set('{"id": "fresh", "filter": [{"a": "seen:YD", "op": ">", "v": "current - 7 days"}]}') ->> 'id';
SELECT group_set('{"id": "adults", "live": 1, "sync": 1}'), group_set('{"id": "readers", "live": 1, "sync": 1}'), group_set('{"id": "fresh", "live": 1, "sync": 1}');
SELECT group_get('{"id": ["adults", "readers", "fresh"]}') #> '{list,0,live}', group_get('{"id": "fresh"}') #> '{obj,live}', group_get('{"id": "adults"}') #> '{obj,count}';
SELECT members('adults'), members('readers'), members('fresh');
-- Data: only what a rule asks for matters. All heads of the type enter and leave together.
SELECT member_set('b@test.ru', '[["age", "set", 18], ["city", "set", "Tula"]]') ->> 'newbie';
SELECT members('adults');
SELECT member_set('a@test.ru', '[["age", "set", 17]]') ->> 'newbie', member_set('c@test.ru', '[["age", "set", 40], ["seen", "set", "current", "dt:YD"]]') ->> 'newbie';
SELECT members('adults'), members('fresh');
SELECT group_get('{"id": "adults"}') #> '{obj,count}';
SELECT event_type, e.body #>> '{event_data,group_id}' AS gid, address.value FROM member.event e JOIN member.address ON address.id = e.address_id WHERE event_type LIKE 'segment%' ORDER BY e.id;
-- Its members are those that the rule holds for, and they are found where they are written down.
SELECT string_agg(email, ' ' ORDER BY email) FROM group_members('adults');
SELECT count(*) > 0 AS found_there FROM group_explain('adults') AS line WHERE line LIKE '%live_member%';
SELECT member_list_count('{"group": "adults", "with_minmax": 1}') -> 'obj' @> '{"total": 3, "active": 3, "locked": 0, "total.email": 3}';
SELECT member_list('{"group": "adults", "page": 2, "pagesize": 2}') -> 'list';
-- Lists and locks.
SELECT member_set('b2@test.ru', '[["-group.news", "set", 1]]') ->> 'newbie', member_set('c@test.ru', '[["-group.news", "set", 1]]') ->> 'newbie';
SELECT members('readers');
SELECT event_emit('{"event_type": "unsub", "email": "c@test.ru"}') > 0;
SELECT members('readers');
SELECT sys_settings_set('{"list": {"stoplist.member.edit": 1}}') IS NOT NULL, stoplist_delete('{"email": "c@test.ru", "type": "member"}') -> 'list';
SELECT members('readers');
SELECT group_clean('{"id": "news", "email": "c@test.ru"}') -> 'list';
SELECT members('readers');
-- Heads that move stay members, and nobody hears of it; heads that go are none.
SELECT max(id) AS last FROM member.event \gset
SELECT member_merge('{"email": "c@test.ru", "head": "b2@test.ru", "head_rule": "transplant"}') IS NOT NULL;
SELECT members('adults'), members('readers');
SELECT event_type, body #>> '{event_data,group_id}' AS gid FROM member.event WHERE id > :last AND event_type LIKE 'segment%';
SELECT member_unmerge((SELECT max(id) FROM member.journal)) ->> 'undone', members('adults'), members('readers');
SELECT member_delete('{"email": "b2@test.ru"}') -> 'list', member_head_attach('{"email": "b@test.ru", "head": "b3@test.ru"}') IS NOT NULL, member_head_detach('{"email": "b@test.ru", "split": 1}') IS NOT NULL;
SELECT members('adults'), members('readers');
-- Taken back with the transaction.
BEGIN;
SELECT member_set('a@test.ru', '[["age", "set", 99]]') ->> 'newbie', members('adults') LIKE 'a@%';
ROLLBACK;
SELECT members('adults');
-- A changed rule, and one that another asks for, is worked out anew: by a track.
SELECT group_filter_set('{"id": "adults", "filter": [{"a": "age", "op": ">=", "v": 10}]}') ->> 'id';
SELECT group_get('{"id": "adults"}') #> '{obj,live}', (SELECT live FROM member.group_def WHERE gid = 'readers');
SELECT action, request FROM member.track;
-- The day of entry into a list group: followed, and the group stays while a rule asks for it.
SELECT group_create('{"id": "entered", "type": "filter"}'), group_filter_set('{"id": "entered", "filter": [{"a": "-group.news", "op": "exists"}]}') ->> 'id', group_set('{"id": "entered", "live": 1, "sync": 1}');
SELECT group_create('{"id": "asks", "type": "filter"}'), group_filter_set('{"id": "asks", "filter": [{"op": "in_group", "v": "entered"}]}') ->> 'id';
SELECT members('entered'), group_get('{"id": "entered"}') #> '{obj,live}';
SELECT member_set('a@test.ru', '[["-group.news", "set", 1]]') ->> 'newbie', members('entered');
SELECT group_clean('{"id": "news", "email": "a@test.ru"}') -> 'list', members('entered');
SELECT refusal('SELECT group_delete(''{"id": "news"}'')'), group_filter_get('{"id": "entered", "with_name": 1}') -> 'name';
SELECT filter, refusal(format('SELECT group_filter_set(''{"id": "asks", "filter": %s}'')', filter)) FROM unnest(ARRAY[
    '[{"a": "-group.nowhere", "op": "exists"}]', '[{"a": "-group.entered:YD", "op": "==", "v": "current"}]', '[{"op": "or", "v": [{"a": "age", "op": "exists"}, {"a": "-group.gone", "op": "!exists"}]}]']) WITH ORDINALITY AS t(filter, n) ORDER BY n;
SELECT refusal('SELECT member_list(''{"group.filter": [{"a": "-group.nowhere", "op": "exists"}]}'')');
-- Updates of the data stay HOT, whatever is kept beside.
SELECT group_index('age', true) IS NOT NULL, (SELECT bool_and(indexrelid = 'member.body_pkey'::regclass) FROM pg_index WHERE indrelid = 'member.body'::regclass) AS no_index_but_the_key;
-- Live no more; a list group never.
SELECT group_set('{"id": "adults", "live": 0}'), refusal('SELECT group_set(''{"id": "news", "live": 1}'')'), refusal('SELECT group_set(''{"id": "readers", "live": 2}'')');
SELECT members('adults'), (SELECT count(*) FROM member.group_count_change WHERE gid = 'adults');
SELECT group_delete('{"id": "readers"}'), members('readers');
SELECT group_delete('{"id": "asks"}'), group_delete('{"id": "entered"}'), members('entered'), group_delete('{"id": "news"}');
-- The first live group of a transaction is known to it at once.
BEGIN;
SELECT group_set('{"id": "adults", "live": 1, "sync": 1}'), member_set('d@test.ru', '[["age", "set", 50]]') ->> 'newbie';
SELECT members('adults');
ROLLBACK;
SELECT member_set('e@test.ru', '[["age", "set", 50]]') ->> 'newbie', members('adults');
SELECT * FROM member_check();
