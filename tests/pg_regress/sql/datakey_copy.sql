-- The copying modes: a value that stands somewhere else.
\set ECHO none
\i helper.sql
\set ECHO all

-- Every mode, from the data itself: a scalar, an object, a list, nothing.
SELECT mode, source, try('{"s": 7, "o": {"x": 2, "y": 3}, "l": [8, 9], "n": null, "t": {"x": 1}, "a": [1]}',
    jsonb_build_array(jsonb_build_array(CASE WHEN mode ~ '^(push|unshift)' THEN 'a' ELSE 't' END, mode, source)))
FROM unnest(ARRAY['set.copy', 'update.copy', 'insert.copy', 'merge_copy', 'merge.copy', 'merge_update.copy', 'merge_insert.copy',
                  'push.copy', 'unshift.copy']) WITH ORDINALITY AS m(mode, i)
CROSS JOIN unnest(ARRAY['s', 'o', 'l', 'n', 'nowhere']) WITH ORDINALITY AS s(source, j)
ORDER BY i, j;

-- From copy_data: the program stays constant while the data changes.
SELECT datakey_apply('{"id": 5}', '[["id", "set.copy", "user.id"], ["tags", "push.copy", "tag"], ["base", "merge.copy", "user"]]',
                     '{"user": {"id": 17, "name": "Third"}, "tag": "new"}');
SELECT datakey_apply('{"a": 1}', '[["b", "set.copy", "a"]]', '{}');
SELECT datakey_apply('{"a": 1}', '[["b", "set.copy", "a"]]', '{"a": 2}');
SELECT datakey_apply('{"a": 1}', '[["b", "set", 3]]', '{"a": 2}');

-- Paths of the source: indexes, from the end, escaped dots, digits as keys and as indexes.
SELECT datakey_apply('{}', '[["a", "set.copy", "l[1]"], ["b", "set.copy", "l[-1]"], ["c", "set.copy", "v1\\.0"], ["d", "set.copy", "l.0"],
                            ["e", "set.copy", "o.1"]]', '{"l": [1, 2, 3], "v1.0": true, "o": {"1": "gold"}}');
SELECT try('{}', '[["a", "set.copy", "l[9]"]]', '{"l": []}'), try('{}', '[["a", "set.copy", "l[-1]"]]', '{"l": []}'),
       try('{}', '[["a", "set.copy", "s.t"]]', '{"s": 1}');

-- Wildcards are for reading alone.
SELECT try('{}', '[["a", "set.copy", "o.*"]]', '{"o": {"x": 1}}'), try('{}', '[["a", "set.copy", "l[*]"]]', '{"l": [1]}');

-- A copy is a value of its own.
SELECT datakey_apply('{"a": {"x": 1}}', '[["b", "set.copy", "a"], ["b.x", "set", 2]]');
SELECT datakey_apply('{"a": {"x": 1}}', '[["a.self", "set.copy", "a"], ["a.self.x", "set", 2]]');

-- The earlier operations of the call are seen.
SELECT datakey_apply('{"n": 1}', '[["n", "set", 2], ["m", "set.copy", "n"]]');

-- Numbers stay exact.
SELECT datakey_apply('{}', '[["n", "set.copy", "n"], ["l", "push.copy", "n"]]', '{"n": 12345678901234567890.10}');

-- A type applies to the copied value.
SELECT datakey_apply('{}', '[["d", "set.copy", "when", "dt:YD"]]', '{"when": "2024-2-9"}');
SELECT try('{}', '[["d", "set.copy", "when", "dt:YD"]]', '{"when": 20240209}'), try('{}', '[["d", "set.copy", "when", "dt:YD"]]', '{}');

-- The key to copy from is a text, and there is no copying delete.
SELECT refusal(format('SELECT datakey_apply(''{"a": 1}'', %L)', program)) FROM unnest(ARRAY[
    '[["b", "set.copy"]]', '[["b", "set.copy", 1]]', '[["b", "set.copy", null]]', '[["b", "set.copy", ""]]',
    '[["b", "delete.copy", "a"]]', '[["b", "set_copy", "a"]]', '[["b", "copy", "a"]]'
]) WITH ORDINALITY AS t(program, n) ORDER BY n;
