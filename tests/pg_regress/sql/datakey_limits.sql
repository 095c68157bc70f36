-- The limits of a program, and documents that try to exhaust the server.
\set ECHO none
\i helper.sql
\set ECHO all

-- max_operations: 1000.
CREATE FUNCTION sets(n int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(jsonb_build_array('k' || i, 'set', i)) FROM generate_series(1, n) AS i $$;
SELECT count(*) FROM jsonb_object_keys(datakey_apply('{}', sets(1000)));
SELECT refusal('SELECT datakey_apply(''{}'', sets(1001))');
SELECT refusal('SELECT member_set(''a@test.ru'', sets(1001))');
SET pg_member.max_operations = 10000;
SELECT count(*) FROM jsonb_object_keys(datakey_apply('{}', sets(10000)));
SELECT refusal('SELECT datakey_apply(''{}'', sets(10001))');
SELECT member_set('a@test.ru', sets(10000)) ->> 'newbie';
SELECT count(*) FROM jsonb_object_keys(member_get('a@test.ru'));
RESET pg_member.max_operations;

-- max_key_length: 1024 octets in one element.
CREATE FUNCTION put(key text, value jsonb DEFAULT '1') RETURNS jsonb LANGUAGE sql AS $$
    SELECT datakey_apply('{}', jsonb_build_array(jsonb_build_array(key, 'set', value))) $$;
SELECT length(put(repeat('k', 1024)) ::text);
SELECT left(refusal('SELECT put(repeat(''k'', 1025))'), 60);
SELECT length(put(repeat('я', 512)) ::text);
SELECT left(refusal('SELECT put(repeat(''я'', 513))'), 24);
SELECT length(put(repeat('k', 1024) || '.' || repeat('k', 1024)) ::text);
SET pg_member.max_key_length = 3;
SELECT put('abc.def'), refusal('SELECT put(''abcd'')');
RESET pg_member.max_key_length;

-- max_depth: 64 levels.
SELECT jsonb_typeof(put(repeat('a.', 63) || 'a'));
SELECT split_part(refusal('SELECT put(repeat(''a.'', 64) || ''a'')'), ', key', 1);
SELECT jsonb_typeof(put(repeat('a.', 60) || 'a', '[[[1]]]'));
SELECT split_part(refusal('SELECT put(repeat(''a.'', 60) || ''a'', ''[[[[1]]]]'')'), ', key', 1);
SELECT jsonb_typeof(put('a' || repeat('[0]', 63)));
SELECT split_part(refusal('SELECT put(''a'' || repeat(''[0]'', 64))'), ', key', 1);
SET pg_member.max_depth = 2;
SELECT put('a.b'), refusal('SELECT put(''a.b.c'')'), refusal('SELECT put(''a.b'', ''{"c": 1}'')');
RESET pg_member.max_depth;

-- max_result_size: 16 MB.
SELECT length(put('a', to_jsonb(repeat('x', 1048576)))::text);
SELECT member_set('a@test.ru', jsonb_build_array(jsonb_build_array('large', 'set', repeat('x', 1048576)))) ->> 'newbie';
SELECT length(member_get('a@test.ru', 'large') #>> '{}');
SELECT refusal('SELECT put(''a'', to_jsonb(repeat(''x'', 16777217)))');
SET pg_member.max_result_size = '1MB';
SELECT refusal('SELECT put(''a'', to_jsonb(repeat(''x'', 1048576)))');
SELECT length(put('a', to_jsonb(repeat('x', 1000000)))::text);
-- Data that are larger already may change, but not grow.
SELECT length(datakey_apply(jsonb_build_object('a', repeat('x', 2000000), 'b', 5), '[["b", "set", 6]]')::text);
SELECT length(datakey_apply(jsonb_build_object('a', repeat('x', 2000000), 'b', 5), '[["a", "delete"]]')::text);
SELECT refusal('SELECT datakey_apply(jsonb_build_object(''a'', repeat(''x'', 2000000)), ''[["c", "set", "more than there was"]]'')');
RESET pg_member.max_result_size;

-- Bombs: a gap of a billion elements, a document copied into itself again and again.
SELECT refusal('SELECT put(''a[1000000000]'')');
SELECT refusal('SELECT put(''a[4294967295]'')');
SELECT split_part(refusal('SELECT datakey_apply(''{"a": [1]}'', (SELECT jsonb_agg(''["a", "push.copy", "a"]''::jsonb) FROM generate_series(1, 900)))'), 'operation', 1);
SELECT split_part(refusal('SELECT datakey_apply(''{"a": {}}'', (SELECT jsonb_agg(''["a.x", "set.copy", "a"]''::jsonb) FROM generate_series(1, 900)))'), 'operation', 1);
SELECT split_part(refusal('SELECT datakey_apply(''{"a": {}}'', (SELECT jsonb_agg(jsonb_build_array(''a.k'' || n, ''set.copy'', ''a'')) FROM generate_series(1, 900) AS n))'), 'operation', 1);

-- Documents as deep as the server can parse: kept as they are, read along their upper levels, refused where they lie too deep.
CREATE TABLE deep AS SELECT ('{"d": ' || repeat('[', 5000) || repeat(']', 5000) || ', "n": 1}')::jsonb AS data;
SELECT datakey_apply(data, '[["n", "set", 2]]') - 'n' = data - 'n' FROM deep;
SELECT datakey_apply(data, '[["d", "delete"]]') FROM deep;
SELECT jsonb_typeof(datakey_get(data, 'd[0][0][0]')) FROM deep;
SELECT refusal('SELECT datakey_apply(data, ''[["c", "set.copy", "d"]]'') FROM deep');
SELECT refusal('SELECT datakey_apply(''{}'', jsonb_build_array(jsonb_build_array(''d'', ''set'', data))) FROM deep');
SELECT count(*), bool_and(new IS NULL) FROM deep, datakey_changes(data, '[["d", "delete"]]');
SELECT refusal(format('SELECT datakey_apply(%L, ''[]'')', '{}')), refusal('SELECT datakey_get(''{}'', repeat(''a.'', 100000) || ''a'')');
SELECT left(refusal('SELECT member_set(jsonb_build_object(''email'', ''a@test.ru'', ''datakey'', jsonb_build_array(jsonb_build_array(''d'', ''set'', data)))) FROM deep'), 26);
SELECT refusal('SELECT member_set(data) FROM deep');

-- A stored body that is too deep for a program can be read and changed elsewhere.
UPDATE member.body SET data = deep.data FROM deep;
SELECT member_get('a@test.ru', 'n'), jsonb_typeof(member_get('a@test.ru')), jsonb_typeof(member_get('a@test.ru', 'd[0][0]'));
SELECT member_set('a@test.ru', '[["n", "set", 2]]') ->> 'newbie';
SELECT member_set('a@test.ru', '[["d", "delete"]]') ->> 'newbie';
SELECT b.data FROM member.body b;

-- The bounds of the settings themselves.
SET pg_member.max_depth = 0;
SET pg_member.max_operations = 0;
SET pg_member.max_key_length = 0;
SELECT left(refusal('SET pg_member.max_result_size = ''1GB'''), 5);
