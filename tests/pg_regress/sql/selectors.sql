-- Whom a call on many is about: email, list, group, group.filter, sql; exactly one of them.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT count(member_set(n || '@test.ru', jsonb_build_array(jsonb_build_array('n', 'set', i)))) FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) WITH ORDINALITY AS t (n, i);
SELECT member_set('+79261234567', '[["n", "set", 6]]') ->> 'newbie';
SELECT group_create('{"id": "list", "type": "list", "addr_type": "email"}'), group_create('{"id": "phones", "type": "list", "addr_type": "msisdn"}');
SELECT group_snapshot('{"to": {"id": "list"}, "from": {"list": ["a@test.ru", "b@test.ru"], "addr_type": "email"}}') -> 'list';
SELECT group_create('{"id": "filter", "type": "filter", "addr_type": "email"}'), group_filter_set('{"id": "filter", "filter": [{"a": "n", "op": ">", "v": 3}]}');

-- Exactly one says whom.
SELECT key, refusal(format('SELECT stoplist_add(''{%s}'')', key)) FROM unnest(ARRAY[
    '', '"email": null', '"group.filter": []', '"email": "a@test.ru", "list": ["b@test.ru"]', '"group": "list", "sql": "SELECT 1"', '"url": "https://example.com/x", "stat.uni": {"select": ["member.email"]}',
    '"group": "none", "sync": 1', '"group": "none"', '"group": "phones", "addr_type": "email", "sync": 1', '"group.filter": [{"a": "n", "op": "?"}], "sync": 1', '"list": {}', '"email": "a@test.ru", "sync": 2',
    '"email": "1", "addr_type": "dataset"', '"group": "list", "sync": 1, "result": "save"', '"group": "list", "result": "email"',
    '"group": "list", "result": {"type": "append", "id": 77}'
]) WITH ORDINALITY AS t(key, n) ORDER BY n;
SELECT refusal(format('SELECT stoplist_add(jsonb_build_object(''group'', ''list'', ''track.info'', repeat(''x'', 1025)))'));
SELECT stoplist_add('{"email": "a@test.ru", "group": "", "group.filter": [], "url": null, "stat.uni": {}, "sql": ""}');

-- In the call: what became of each, as sent, or as the head is written.
SELECT stoplist_add('{"list": [" B@test.ru", "nonsense", "never@test.ru"]}') #- '{warnings,0,explain}';
SELECT stoplist_delete('{"group": "list", "sync": 1}');
SELECT stoplist_add('{"group": "filter", "sync": "1"}');
SELECT stoplist_add('{"group.filter": [{"a": "n", "op": "==", "v": 6}], "sync": 1}');
SELECT stoplist_add('{"group.filter": [{"a": "n", "op": ">", "v": 0}], "addr_type": "msisdn", "sync": 1, "sender": 7}');
SELECT stoplist_delete('{"group.filter": [{"a": "n", "op": ">", "v": 0}], "member.haslock": 1, "sync": 1}');
SELECT email_cleanerror('{"group": "list", "sync": 1}');

-- A query runs with the caller's own rights, and gives one column of type text.
CREATE TABLE chosen (mail text, short varchar(20), n int);
INSERT INTO chosen VALUES ('c@test.ru', 'd@test.ru', 1), (NULL, 'e@test.ru', 2), ('x', NULL, 3);
SELECT stoplist_add('{"sql": "SELECT mail FROM chosen ORDER BY n", "sync": 1}') -> 'list', stoplist_delete('{"sql": "SELECT short FROM chosen", "sync": 1}') -> 'list';
SELECT stoplist_delete('{"sql": "SELECT value FROM member.address WHERE addr_type = $$email$$ ORDER BY 1", "sync": 1}') -> 'list';
SELECT query, refusal(format('SELECT stoplist_add(jsonb_build_object(''sql'', %L, ''sync'', 1))', query)) FROM unnest(ARRAY[
    'SELECT n FROM chosen', 'SELECT mail, short FROM chosen', 'SELECT 1; SELECT 2', '', ' ', 'DELETE FROM chosen', 'SELECT mail FROM nowhere', 'SELECT (1/0)::text', 'COMMIT', 'SELECT $1'
]) WITH ORDINALITY AS t(query, n) ORDER BY n;
CREATE ROLE regress_selector;
SELECT member_grant('regress_selector', 'write');
GRANT SELECT ON chosen TO regress_selector;
SET ROLE regress_selector;
SELECT stoplist_add('{"sql": "SELECT mail FROM chosen", "sync": 1}') -> 'list';
SELECT refusal($$SELECT stoplist_add('{"sql": "SELECT value FROM member.address", "sync": 1}')$$);
SELECT refusal($$SELECT stoplist_add('{"sql": "SELECT set_config(''role'', ''regress_selector'', false)", "sync": 1}')$$);
SELECT stoplist_delete('{"sql": "SELECT current_user || $$@test.ru$$", "sync": 1}') -> 'list', current_user;
SELECT refusal($$SELECT stoplist_add('{"sql": "SELECT member_grant(''regress_selector'', ''admin'')::text", "sync": 1}')$$);
RESET ROLE;
SELECT member_revoke('regress_selector', 'read');
DROP OWNED BY regress_selector;
DROP ROLE regress_selector;

-- Later: a track; identifiers that are written out are kept beside it until it ends. A query is looked at now, and runs in a
-- worker as whoever asked: tests/workers/sql_selector.rs.
SELECT query, refusal(format('SELECT stoplist_add(jsonb_build_object(''sql'', %L))', query)) FROM unnest(ARRAY[
    'SELECT n FROM chosen', 'SELECT mail, short FROM chosen', 'SELECT 1; SELECT 2', 'DELETE FROM chosen', 'SELECT mail FROM nowhere', 'SELECT'
]) WITH ORDINALITY AS t(query, n) ORDER BY n;
SELECT stoplist_add('{"group": "list", "track.info": "the list", "type": "owner"}'), stoplist_add('{"list": ["a@test.ru", "nonsense"], "sync": 0, "addr_type": "email"}'), stoplist_delete('{"sql": "SELECT mail FROM chosen ORDER BY n", "sql.role": 7, "written": 1}') - 'warnings', stoplist_erase('{"sync": 0}');
SELECT id, action, status, info, done, total, request FROM member.track ORDER BY id;
SELECT * FROM member.track_address ORDER BY track, n;
SELECT track, action, phase, rows_done, rows_total, percent, rows_per_second, started_at, estimated_end, info FROM member_progress ORDER BY track;
SELECT refusal($$SELECT member_erase('a@test.ru')$$);
SELECT track_set('{"id": 2, "set": "stop"}') #> '{obj,status}';
SELECT member_erase('a@test.ru') #> '{cleared,tracks}';
SELECT * FROM member.track_address ORDER BY track, n;
SELECT stoplist_erase('{"type": "owner"}'), stoplist_erase('{"sync": 1}');
SELECT * FROM member_check();
