-- Datakey programs on any jsonb: every mode on every kind of place.
\set ECHO none
\i helper.sql
\set ECHO all

-- The examples of the specification: before, operation, after.
SELECT before, op, try(before, jsonb_build_array(op)) FROM (VALUES
    ( 1, '{}'::jsonb,              '["a.b[2]", "set", 7]'::jsonb),
    ( 2, '{"a": null}',            '["a", "insert", 1]'),
    ( 3, '{"a": null}',            '["a.b", "set", 1]'),
    ( 4, '{"a": null}',            '["a", "update", 1]'),
    ( 5, '{"a": 5}',               '["a.b", "set", 1]'),
    ( 6, '{"a": [1, 2, 3]}',       '["a[1]", "delete"]'),
    ( 7, '{"a": [1, 2, 3]}',       '["a[2]", "delete"]'),
    ( 8, '{"a": [1]}',             '["a", "push", [2, 3]]'),
    ( 9, '{"a": [1]}',             '["a", "unshift", [2, 3]]'),
    (10, '{}',                     '["a", "push", 1]'),
    (11, '{"a": {"x": 1}}',        '["a", "merge", {"x": 2, "y": 3}]'),
    (12, '{"a": {"x": 1}}',        '["a", "merge_update", {"x": 2, "y": 3}]'),
    (13, '{"a": {"x": 1}}',        '["a", "merge_insert", {"x": 2, "y": 3}]'),
    (14, '{}',                     '["a", "merge_update", {"x": 2}]'),
    (15, '{"a": [1]}',             '["a", "merge", {"x": 2}]'),
    (16, '{"a": 1}',               '["a", "push", 2]'),
    (17, '{}',                     '["d", "set", "1971-5-4 3:2:1", "dt"]'),
    (18, '{}',                     '["d", "set", "x", "int"]')
) AS t(n, before, op) ORDER BY n;

-- The published examples.
SELECT datakey_apply('{}', '[["base.name", "set", "Name"]]');
SELECT datakey_apply('{"client_data": {"pets": [{"pet_type": "cat", "age": 3}]}}',
                     '[["client_data.pets", "push", [{"pet_type": "dog", "age": 1}]]]');
SELECT datakey_apply('{"client_data": {"type": "SILVER", "name": "x"}}',
                     '[["client_data", "merge", {"type": "GOLD", "orders_count": 55}]]');

-- Every mode with a value of every kind, on every kind of place.
SELECT mode, place, value, try(place, jsonb_build_array(jsonb_build_array('a', mode, value)))
FROM unnest(ARRAY['set', 'update', 'insert', 'merge', 'merge_update', 'merge_insert', 'push', 'unshift'])
         WITH ORDINALITY AS m(mode, i)
CROSS JOIN (VALUES (1, '{}'::jsonb), (2, '{"a": null}'), (3, '{"a": ""}'), (4, '{"a": 5}'), (5, '{"a": []}'),
                   (6, '{"a": [1]}'), (7, '{"a": {}}'), (8, '{"a": {"x": 1}}')) AS p(j, place)
CROSS JOIN (VALUES (1, 'null'::jsonb), (2, '7'), (3, '[8, 9]'), (4, '{"x": 2, "y": 3}')) AS v(k, value)
ORDER BY i, j, k;

-- delete on every kind of place.
SELECT place, key, try(place, jsonb_build_array(jsonb_build_array(key, 'delete')))
FROM (VALUES (1, '{}'::jsonb, 'a'), (2, '{"a": null}', 'a'), (3, '{"a": {"x": 1}, "b": 2}', 'a'), (4, '{"a": {"x": 1}}', 'a.x'),
             (5, '{"a": {"x": 1}}', 'a.y.z'), (6, '{}', 'a.b.c'), (7, '{}', 'a[3]'), (8, '{"a": []}', 'a[0]'),
             (9, '{"a": [null, null, 3]}', 'a[2]'), (10, '{"a": [1]}', 'a[0]'), (11, '{"a": [1, 2]}', 'a[7]'),
             (12, '{"a": [1, 2]}', 'a[-1]'), (13, '{"a": [{"x": 1}]}', 'a[0].x'), (14, '{"a": null}', 'a.b'),
             (15, '{"a": 5}', 'a.b'), (16, '{"a": {"x": 1}}', 'a[0]'), (17, '{"a": [1]}', 'a.x')) AS t(n, place, key)
ORDER BY n;

-- delete takes no value: absent or empty.
SELECT try('{"a": 1}', '[["a", "delete", null]]'), try('{"a": 1}', '[["a", "delete", ""]]'),
       try('{"a": 1}', '[["a", "delete", "", ""]]'), try('{"a": 1}', '[["a", "delete", null, null]]');
SELECT try('{"a": 1}', '[["a", "delete", 1]]'), try('{"a": 1}', '[["a", "delete", false]]'),
       try('{"a": 1}', '[["a", "delete", "", "dt"]]');

-- merge is one level deep.
SELECT datakey_apply('{"a": {"x": {"p": 1}, "y": 1}}', '[["a", "merge", {"x": {"q": 2}}]]');
SELECT datakey_apply('{"a": {"x": {"p": 1}, "y": null}}', '[["a", "merge_insert", {"y": 2, "z": {"q": 2}}]]');
SELECT datakey_apply('{"a": {"x": {"p": 1}, "y": null}}', '[["a", "merge_update", {"y": 2, "z": {"q": 2}}]]');

-- Elements of lists.
SELECT before, op, try(before, jsonb_build_array(op)) FROM (VALUES
    ( 1, '{}'::jsonb,              '["a[0]", "set", 7]'::jsonb),
    ( 2, '{"a": [1]}',             '["a[3]", "set", 7]'),
    ( 3, '{"a": [1]}',             '["a[3]", "insert", 7]'),
    ( 4, '{"a": [1]}',             '["a[3]", "update", 7]'),
    ( 5, '{"a": [1, null]}',       '["a[1]", "insert", 7]'),
    ( 6, '{"a": [1, null]}',       '["a[1]", "update", 7]'),
    ( 7, '{"a": [1, 2, 3]}',       '["a[-1]", "set", 7]'),
    ( 8, '{"a": [1, 2, 3]}',       '["a[-3]", "set", 7]'),
    ( 9, '{"a": [1, 2, 3]}',       '["a[-4]", "set", 7]'),
    (10, '{"a": []}',              '["a[-1]", "set", 7]'),
    (11, '{}',                     '["a[-1]", "set", 7]'),
    (12, '{"a": [1]}',             '["a[2]", "push", 7]'),
    (13, '{"a": [1]}',             '["a[2]", "merge", {"x": 1}]'),
    (14, '{"a": [[1], 2]}',        '["a[0][1]", "set", 7]'),
    (15, '{}',                     '["a[1][1].b", "set", 7]'),
    (16, '{"a": [1, 2]}',          '["a.1", "update", 7]'),
    (17, '{"a": [1, 2]}',          '["a.1", "delete"]'),
    (18, '{"a": [1, 2]}',          '["a.1", "set", 7]'),
    (19, '{}',                     '["a.1", "set", 7]'),
    (20, '{"a": {"1": 2}}',        '["a[1]", "set", 7]'),
    (21, '{"a": "text"}',          '["a[0]", "set", 7]'),
    (22, '{"a": {"b": 1}}',        '["a[0].c", "set", 7]'),
    (23, '{"a": [1]}',             '["a.b", "set", 7]'),
    (24, '{"a": [1]}',             '["a.b.c", "update", 7]'),
    (25, '{"a": true}',            '["a.b.c", "set", 7]')
) AS t(n, before, op) ORDER BY n;

-- What is ignored makes no parents; what acts does.
SELECT datakey_apply('{}', '[["a.b", "update", 1], ["c.d[3]", "update", 1], ["e.f", "merge_update", {"x": 1}], ["g.h", "delete"]]');
SELECT datakey_apply('{"a": null}', '[["a.b", "update", 1], ["a.b", "delete"]]');
SELECT datakey_apply('{}', '[["a.b", "insert", 1], ["c.d[1]", "push", 1], ["e.f", "merge_insert", {"x": 1}], ["g.h", "merge", {}]]');

-- In order, each seeing those before it; all or nothing.
SELECT datakey_apply('{"n": 1}', '[["n", "set", 2], ["n", "insert", 3], ["m", "set.copy", "n"], ["n", "delete"], ["n", "insert", 4]]');
SELECT refusal('SELECT datakey_apply(''{}'', ''[["a", "set", 1], ["a.b", "set", 2], ["c", "set", 3]]'')');
SELECT datakey_apply('{"a": 1}', '[]');
SELECT datakey_apply(NULL, '[]'), datakey_apply('{}', NULL), datakey_apply('{}', '[]', NULL);

-- The data itself must be an object.
SELECT try(data, '[["a", "set", 1]]') FROM unnest(ARRAY['[]', '[1]', '5', '"text"', 'null']::jsonb[]) AS data;
