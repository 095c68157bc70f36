-- Numbers, texts and containers come out exactly as they were stored: as text and byte for byte.
\set ECHO none
\i helper.sql
\set ECHO all

CREATE TABLE sample (n int PRIMARY KEY, data jsonb);
INSERT INTO sample VALUES
    (1, '{}'), (2, '{"a": {}, "b": [], "c": "", "d": null, "e": true, "f": false}'),
    (3, '{"n": [0, -0, 0.0, -0.0, 1.10, 1.1, 1e-7, 1E+7, 1.5e30, 1e-30, 12345678901234567890, -98765432109876543210.0123456789, 0.1e1, 100e-2]}'),
    (4, '{"": 1, " ": 2, "Ключ": "значение", "键": "值", "😀": "\ud83d\ude00", "\\": "\\", "\"": "\"", "\u0001": "\u0001\t\n"}'),
    (5, '{"a": [[[[]]], [{}], [[], {}, [{}]]], "o": {"o": {"o": {"o": {}}}}}');
-- Sizes around the stride of the offsets, 32, in objects and lists; objects of 100 keys with texts of all lengths.
INSERT INTO sample SELECT 100 + n, jsonb_build_object(
        'o', (SELECT jsonb_object_agg('key' || i, CASE i % 4 WHEN 0 THEN to_jsonb(i) WHEN 1 THEN to_jsonb(repeat('x', i)) WHEN 2 THEN 'null' ELSE '[1.50]' END)
                FROM generate_series(1, n) AS i),
        'l', (SELECT jsonb_agg(CASE i % 3 WHEN 0 THEN to_jsonb(i * 1.10) WHEN 1 THEN to_jsonb(repeat('я', i)) ELSE '{"a": {}}' END)
                FROM generate_series(1, n) AS i))
    FROM unnest(ARRAY[1, 31, 32, 33, 63, 64, 65, 96, 97, 100]) AS n;
INSERT INTO sample VALUES (300, (SELECT jsonb_object_agg(repeat('k', i), i) FROM generate_series(1, 300) AS i));

-- The same bytes: equal as text, in size and as they go over the wire.
CREATE FUNCTION same(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT a::text = b::text AND md5(a::text) = md5(b::text) AND pg_column_size(a) = pg_column_size(b) AND jsonb_send(a) = jsonb_send(b) AND a = b $$;

-- A program that does nothing. (|| '{}' gives the document as the server has it in memory: stored ones are packed.)
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[]'), data || '{}');
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["nowhere", "update", 1], ["nowhere", "delete"]]'), data || '{}');
-- A change and its undoing.
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["new", "set", {"a": [1, 2]}], ["new", "delete"]]'), data || '{}');

-- Against the server's own functions.
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["new", "set", 12345678901234567890.10]]'), jsonb_set(data, '{new}', '12345678901234567890.10'));
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["o.key1", "set", {"deep": [1.0]}]]'), jsonb_set(data, '{o,key1}', '{"deep": [1.0]}')) AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["l[0]", "set", "first"]]'), jsonb_set(data, '{l,0}', '"first"')) AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["o.key1", "delete"]]'), data #- '{o,key1}') AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["o", "merge", {"key1": 1, "key01": 2, "z": 3}]]'),
                                    jsonb_set(data, '{o}', data -> 'o' || '{"key1": 1, "key01": 2, "z": 3}')) AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["l", "push", [1.10, null]]]'), jsonb_set(data, '{l}', data -> 'l' || '[1.10, null]')) AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply(data, '[["l", "unshift", [1.10, null]]]'), jsonb_set(data, '{l}', '[1.10, null]' || (data -> 'l'))) AND data ? 'l';
SELECT n FROM sample WHERE NOT same(datakey_apply('{}', '[["copy", "set.copy", "all"]]', jsonb_build_object('all', data)), jsonb_build_object('copy', data));
SELECT n FROM sample, jsonb_object_keys(data) AS key WHERE n > 100 AND NOT same(datakey_get(data, key), data -> key);
SELECT n FROM sample, jsonb_object_keys(data -> 'o') AS key WHERE n > 100 AND NOT same(datakey_get(data, 'o.' || key), data -> 'o' -> key);

-- What they look like.
SELECT data FROM sample WHERE n IN (3, 4) ORDER BY n;
SELECT datakey_apply('{"keep": 1.10}', '[["a", "set", 12345678901234567890], ["b", "set", 1.10], ["c", "set", -0.0], ["d", "set", 1e-7], ["e", "push", 100e-2]]');

-- Through a subscriber: stored, read and logged as it was given.
SELECT member_set('a@test.ru', jsonb_build_array(jsonb_build_array('all', 'set', (SELECT jsonb_agg(data ORDER BY n) FROM sample)))) -> 'newbie';
SELECT same(b.data -> 'all', (SELECT jsonb_agg(data ORDER BY n) FROM sample)) FROM member.body b;
SELECT same(member_get('a@test.ru', 'all'), (SELECT jsonb_agg(data ORDER BY n) FROM sample));
SELECT same(member_get('{"email": "a@test.ru", "datakey": "all"}'::jsonb) -> 'datakey', (SELECT jsonb_agg(data ORDER BY n) FROM sample));
SELECT same(member_get('a@test.ru') -> 'all', (SELECT jsonb_agg(data ORDER BY n) FROM sample));
SELECT member_set('a@test.ru', '[["n", "set", 12345678901234567890.10]]') -> 'newbie';
SELECT body FROM member.event WHERE event_type = 'member_change';
