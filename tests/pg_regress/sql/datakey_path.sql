-- Paths: how a datakey names a place, and how it reads many with wildcards.
\set ECHO none
\i helper.sql
\set ECHO all

CREATE TABLE body AS SELECT '{"base": {"city": "Perm", "plan": {"1": "gold"}, "Город": "Пермь"},
    "orders": [{"no": 17, "sum": 9.50}, {"no": 18}, {"sum": 20}], "v1.0": true, "a[b": 1, "a]": 2, "*": 3, "@x": 4, "back\\slash": 5,
    "with space": 6, "nothing": null, "empty": {}, "none": [], "matrix": [[1, 2], [3]]}'::jsonb AS data;

SELECT path, datakey_get(data, path) FROM body, unnest(ARRAY[
    'base', 'base.city', 'base.City', 'base.plan.1', 'base.Город', 'base.street', 'base.city.x', 'with space', 'nothing', 'nothing.x',
    'orders[0]', 'orders[0].sum', 'orders[-1].sum', 'orders[-3].no', 'orders[-4]', 'orders[3]', 'orders.1.no', 'orders.01', 'none[0]', 'none[-1]',
    'matrix[0][1]', 'matrix[1][1]', 'matrix[-1][-1]', 'base[0]',
    'v1\.0', 'a[b', 'a\[b', 'a]', 'a\]', '\*', '\@x', '@x', 'back\\slash', '\b\a\s\e.city',
    'a[1', 'orders[x]', 'orders[]'
]) WITH ORDINALITY AS t(path, n) ORDER BY n;

-- Wildcards: * every key of an object, [*] every element of a list.
SELECT path, datakey_get(data, path) FROM body, unnest(ARRAY[
    'orders[*]', 'orders[*].sum', 'orders[*].nowhere', 'base.plan.*', 'base.*.1', 'empty.*', 'none[*]', 'none[*].x', 'nowhere[*]', 'nowhere.*',
    'base.city.*', 'base.city[*]', 'base[*]', 'orders.*', 'matrix[*][*]', 'matrix[*][0]', 'matrix[*][1]', 'orders[*].*', '*.city'
]) WITH ORDINALITY AS t(path, n) ORDER BY n;
SELECT datakey_get(data, '*') = data FROM body;

-- No path, no answer.
SELECT datakey_get(NULL, 'a'), datakey_get('{}', NULL), datakey_get('{}', 'a'), datakey_get('5', 'a'), datakey_get('[1]', 'a'), datakey_get('[1]', '*');

-- What is no path.
SELECT format('%-12s', path), refusal(format('SELECT datakey_get(''{}'', %L)', path)) FROM unnest(ARRAY[
    '', '.', 'a.', '.a', 'a..b', '[0]', '[*]', '[-1].a', 'a\', '\', 'a[0]b', 'a[0]..b', 'a[0].', 'a[99999999999]'
]) WITH ORDINALITY AS t(path, n) ORDER BY n;

-- In a program a path names one place.
SELECT path, refusal(format('SELECT datakey_apply(''{"a": [1], "o": {"x": 1}}'', jsonb_build_array(jsonb_build_array(%L, ''set'', 1)))', path))
FROM unnest(ARRAY['*', 'o.*', 'a[*]', '*.x', 'a[*].x']) WITH ORDINALITY AS t(path, n) ORDER BY n;
SELECT datakey_apply('{}', '[["\\*", "set", 1], ["a\\.b.c", "set", 2], ["x[y", "set", 3], ["d.1", "set", 4], ["e[1]", "set", 5], ["\\@f", "set", 6],
                             ["Ключ с пробелом", "set", 7], ["g[]", "set", 8]]');

-- In an index: datakey_get is immutable.
CREATE INDEX ON body ((datakey_get(data, 'base.city')));
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT FROM body WHERE datakey_get(data, 'base.city') = '"Perm"';
SELECT count(*) FROM body WHERE datakey_get(data, 'base.city') = '"Perm"';
