-- What a program really changes: a row per path, with what was and what is.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT * FROM datakey_changes('{"city": "Omsk", "zone": 5}', '[["city", "set", "Perm"], ["zone", "delete"], ["new", "set", 1]]');

-- What stays as it was is no change.
SELECT count(*) FROM datakey_changes('{"a": 1, "o": {"x": 1}, "l": [1]}',
    '[["a", "set", 1], ["o", "merge", {"x": 1}], ["b", "update", 1], ["a", "insert", 2], ["l", "push", []], ["c", "delete"], ["o", "set", {"x": 1}]]');
SELECT count(*) FROM datakey_changes('{"a": 1}', '[["a", "set", 2], ["a", "set", 1]]');
SELECT count(*) FROM datakey_changes('{}', '[["a", "set", 2], ["a", "delete"]]');
SELECT count(*) FROM datakey_changes('{"a": 1}', '[]');

-- 1.10 and 1.1 are one number but two texts: what is stored changes.
SELECT * FROM datakey_changes('{"n": 1.1}', '[["n", "set", 1.10]]');

-- merge changes key by key.
SELECT * FROM datakey_changes('{"o": {"x": 1, "y": 2}}', '[["o", "merge", {"x": 5, "z": 6, "y": 2}]]');

-- Lists, deep paths, null on both sides. SQL NULL stands where there is nothing, JSON null where there is a null.
SELECT * FROM datakey_changes('{"l": [1, 2], "n": null, "o": {"p": {"q": 1}}}',
    '[["l", "push", 3], ["o.p.q", "set", 2], ["n", "set", 1], ["m", "set", null], ["r.s[1]", "set", 9]]');

-- A path written twice is one change; a place below another one is part of it.
SELECT * FROM datakey_changes('{"a": 1}', '[["a", "set", 2], ["a", "set", 3]]');
SELECT * FROM datakey_changes('{}', '[["a", "set", {}], ["a.x", "set", 3]]');

-- Dots in keys are written so that the path can be used again.
SELECT path, datakey_get('{"v1.0": 7}', path) FROM datakey_changes('{}', '[["v1\\.0", "set", 7]]');

-- The changes, put together, are the difference.
SELECT datakey_apply(before, (SELECT jsonb_agg(CASE WHEN new IS NULL THEN jsonb_build_array(path, 'delete') ELSE jsonb_build_array(path, 'set', new) END)
                                FROM datakey_changes(before, program))) = datakey_apply(before, program)
FROM (VALUES ('{"a": {"b": [1, {"c": 2}]}, "x": 1}'::jsonb,
              '[["a.b[1].c", "set", 3], ["a.b", "unshift", 0], ["x", "delete"], ["y.z[2]", "set", {"w": 1}], ["a.new", "merge", {"k": 1}]]'::jsonb))
     AS t(before, program);

SELECT refusal('SELECT * FROM datakey_changes(''{"a": 1}'', ''[["a.b", "set", 1]]'')');
SELECT count(*) FROM datakey_changes(NULL, '[]');
SELECT count(*) FROM datakey_changes('{}', NULL);
