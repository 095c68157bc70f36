-- What is wrong with a program: the error names the operation, counted from 0, and its key.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT datakey_apply('{"a": 5}', '[["b", "set", 1], ["a.x.y", "set", 1]]');

SELECT program, refusal(format('SELECT datakey_apply(''{"a": 5, "l": [1], "o": {"x": 1}}'', %L)', program)) FROM unnest(ARRAY[
    -- no program
    '{}', '5', '"a"', 'null', '[5]', '["a", "set", 1]', '[null]', '[{}]',
    -- no operation
    '[[]]', '[["a"]]', '[["a", "set"]]', '[["a", "set", 1, "", 5]]', '[[5, "set", 1]]', '[[null, "set", 1]]', '[[["a"], "set", 1]]',
    -- no mode
    '[["a", "Set", 1]]', '[["a", "", 1]]', '[["a", null, 1]]', '[["a", 5, 1]]', '[["a", "append", 1]]', '[["a", "calc", 1]]', '[["b", "set", 1], ["a", "?", 1]]',
    -- the data do not fit
    '[["a.b", "set", 1]]', '[["a[0]", "set", 1]]', '[["l.b", "set", 1]]', '[["o[0]", "set", 1]]', '[["l[0].b", "set", 1]]', '[["a", "push", 1]]',
    '[["o", "unshift", 1]]', '[["l", "merge", {}]]', '[["o", "merge", 5]]', '[["a", "merge_update", {}]]', '[["a", "merge_insert", {}]]', '[["l[-2]", "set", 1]]',
    -- dates and types
    '[["a", "set", "x", "dt"]]', '[["a", "set", "x", "int"]]'
]) WITH ORDINALITY AS t(program, n) ORDER BY n;

-- Nothing stored and nothing given is told, only keys.
SELECT refusal('SELECT datakey_apply(''{"a": "stored-secret"}'', ''[["a.b", "set", "given-secret"]]'')') LIKE '%secret%' AS leaks;
SELECT refusal('SELECT datakey_apply(''{}'', ''[["a", "set", "given-secret", "dt"]]'')') LIKE '%secret%' AS leaks;
SELECT refusal('SELECT datakey_apply(''{}'', ''[["a", "set", 1, "given-secret"]]'')') LIKE '%secret%' AS leaks;
