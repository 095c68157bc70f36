-- A program is read once per place in a query and used for its rows: another program, other settings and another moment are noticed.
\set ECHO none
\i helper.sql
\set ECHO all
-- Programs that differ from row to row, some of one length, some NULL, some wrong.
CREATE TABLE change (n int, program jsonb);
INSERT INTO change VALUES (1, '[["a", "set", 1]]'), (2, '[["a", "set", 2]]'), (3, '[["b", "set", 1]]'), (4, NULL), (5, '[["a", "set", 1]]'), (6, '[["a", "set", 1], ["c", "set.copy", "a"]]'), (7, '[]'), (8, '[["a", "set", 2]]');
SELECT n, datakey_apply('{"a": 0}', program), datakey_apply('{"a": 0}', program, '{"a": 9}') FROM change ORDER BY n;
SELECT n, c.* FROM change, datakey_changes('{"a": 0}', program) AS c ORDER BY n;
-- Large ones, stored apart.
CREATE TABLE large AS SELECT n, jsonb_build_array(jsonb_build_array('a', 'set', repeat(chr(64 + n), 100000))) AS program FROM generate_series(1, 4) AS n;
SELECT n, left(datakey_apply('{}', program) ->> 'a', 3), length(datakey_apply('{}', program) ->> 'a') FROM large ORDER BY n;
-- One program over many rows, one row over many programs.
SELECT sum((datakey_apply(jsonb_build_object('n', n), '[["m", "set.copy", "n"], ["n", "delete"]]') ->> 'm')::int) FROM generate_series(1, 1000) AS n;
SELECT sum((datakey_apply('{}', jsonb_build_array(jsonb_build_array('n', 'set', n))) ->> 'n')::int) FROM generate_series(1, 1000) AS n;
-- A refusal between good ones.
SELECT refusal('SELECT datakey_apply(''{"a": 1}'', program) FROM (VALUES (1, ''[["a", "set", 2]]''::jsonb), (2, ''[["a.b", "set", 2]]'')) AS t(n, program) ORDER BY n');
SELECT datakey_apply(data, '[["a.b", "update", 2]]') FROM (VALUES (1, '{"a": {"b": 1}}'::jsonb), (2, '{}'), (3, '{"a": {}}')) AS t(n, data) ORDER BY n;

-- The same place in a function, again and again in one transaction.
CREATE FUNCTION twice(data jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN datakey_apply(data, '[["a", "set", 1], ["deep.er", "set", 2]]');
END
$$;
CREATE FUNCTION moment() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN datakey_apply('{}', '[["d", "set", "current:Ds", "dt"]]') ->> 'd';
END
$$;
BEGIN;
SELECT twice('{}'), twice('{"b": 1}');
SET LOCAL pg_member.max_operations = 1;
SELECT refusal('SELECT twice(''{}'')');
ROLLBACK;
BEGIN;
SELECT twice('{}');
SET LOCAL pg_member.max_depth = 1;
SELECT refusal('SELECT twice(''{}'')');
ROLLBACK;
BEGIN;
SELECT twice('{}');
SET LOCAL pg_member.max_key_length = 3;
SELECT refusal('SELECT twice(''{}'')');
RESET pg_member.max_key_length;
SELECT twice('{}');
ROLLBACK;
BEGIN;
SELECT moment() = to_char(statement_timestamp() AT TIME ZONE 'Europe/Moscow', 'DD HH24:MI:SS');
SET LOCAL pg_member.time_zone = 'Asia/Kathmandu';
SELECT moment() = to_char(statement_timestamp() AT TIME ZONE 'Asia/Kathmandu', 'DD HH24:MI:SS');
COMMIT;
