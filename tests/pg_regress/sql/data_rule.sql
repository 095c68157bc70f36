-- data_rule: how the data of two subscribers become one. The receiver's data after, by member_merge with dry_run.
\set ECHO none
\i helper.sql
\i heads.sql
-- Two subscribers with these data; what a rule makes of the receiver's, and what it warns of.
CREATE FUNCTION two(ours jsonb, theirs jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM member_delete('{"list": ["r@test.ru", "s@test.ru"]}');
    PERFORM member_set('r@test.ru', (SELECT coalesce(jsonb_agg(jsonb_build_array(key, 'set', value)), '[]') FROM jsonb_each(ours)));
    PERFORM member_set('s@test.ru', (SELECT coalesce(jsonb_agg(jsonb_build_array(key, 'set', value)), '[]') FROM jsonb_each(theirs)));
END
$$;
CREATE FUNCTION joined(rule jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', reply ->> 'data', reply ->> 'warnings')
      FROM member_merge(jsonb_build_object('email', 'r@test.ru', 'head', 's@test.ru', 'data_rule', rule, 'dry_run', 1)) AS reply $$;
-- The same, done: both sides.
CREATE FUNCTION both_sides(rule jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT would('member_merge', jsonb_build_object('email', 'r@test.ru', 'head', 's@test.ru', 'data_rule', rule)) $$;
\set ECHO all

-- level: the depth at which keys are compared. 2 by default.
SELECT two('{"a": {"b": {"c": 1}, "d": 1}, "x": 1}', '{"a": {"b": {"c": 2, "e": 2}, "f": 2}, "y": 2, "z": {"q": {"w": 2}}}');
SELECT level, joined(jsonb_build_object('level', level)) FROM unnest(ARRAY['0', '1', '2', '3', '4', '9', 'null', '"2"']::jsonb[]) AS level;
SELECT level, joined(jsonb_build_object('level', level, 'hashas', 'set')) FROM generate_series(0, 3) AS level;
SELECT level, joined(jsonb_build_object('level', level, 'hashas', 'set', 'hasmiss', 'none')) FROM generate_series(0, 3) AS level;
SELECT level, joined(jsonb_build_object('level', level, 'hashas', 'merge')) FROM generate_series(0, 3) AS level;
SELECT level, joined(jsonb_build_object('level', level, 'hashas', 'delete')) FROM generate_series(0, 3) AS level;
SELECT level, joined(jsonb_build_object('level', level, 'misshas', 'delete')) FROM generate_series(0, 3) AS level;
SELECT joined('{}') = joined('{"level": 2, "hasmiss": "set", "hashas": "none", "misshas": "none", "dk_rule": {}}'), joined('{"hasmiss": null, "hashas": null, "misshas": null, "dk_rule": null}') = joined('{}');

-- hasmiss: what the source alone has.
SELECT two('{"base": {"name": "R"}}', '{"base": {"name": "S", "city": "Tula"}, "tag": [1, 2]}');
SELECT mode, both_sides(jsonb_build_object('hasmiss', mode)) FROM unnest(ARRAY['set', 'none', 'move']) AS mode;
-- hashas: what both have.
SELECT mode, both_sides(jsonb_build_object('hashas', mode, 'hasmiss', 'none')) FROM unnest(ARRAY['none', 'delete', 'set', 'move']) AS mode;
-- misshas: what the receiver alone has.
SELECT two('{"base": {"name": "R", "sex": 1}, "tag": [1]}', '{"base": {"name": "S"}}');
SELECT mode, both_sides(jsonb_build_object('misshas', mode)) FROM unnest(ARRAY['none', 'delete']) AS mode;
-- All at once.
SELECT two('{"base": {"name": "R", "sex": 1}}', '{"base": {"name": "S", "city": "Tula"}}');
SELECT both_sides('{"hasmiss": "move", "hashas": "move", "misshas": "delete"}');

-- merge: objects key by key, lists one behind the other, what does not fit stays and is told.
SELECT two('{"o": {"k": {"a": 1, "b": {"deep": 1}}}, "l": {"k": [1, [2]]}, "m": {"ol": {"a": 1}, "ss": 1, "sn": 1, "ls": [1], "eo": {}}}',
           '{"o": {"k": {"b": {"other": 2}, "c": 2}}, "l": {"k": [[3], 4, 1]}, "m": {"ol": [1], "ss": 2, "sn": null, "ls": 2, "eo": {"a": 2}}}');
SELECT joined('{"hashas": "merge"}');
SELECT id, sqlstate FROM member_errors() WHERE id = 'error/member/merge/skipped';
-- A key of one side above a key of the other: what the receiver has stays.
SELECT two('{"a": 1, "b": {"x": 1}, "c": {"y": {"z": 1}}, "d": null, "e": {}, "f": [1]}', '{"a": {"x": 2}, "b": 2, "c": {"y": 2}, "d": {"x": 2}, "e": {"x": 2}, "f": {"x": 2}}');
SELECT joined('{}');
SELECT joined('{"hashas": "set"}');
SELECT joined('{"level": 1, "hashas": "set"}');
SELECT joined('{"misshas": "delete"}');
-- Empty sides, empty objects, nulls.
SELECT two('{}', '{"a": {"b": 1}, "n": null, "o": {}}');
SELECT level, joined(jsonb_build_object('level', level)) FROM generate_series(1, 2) AS level;
SELECT two('{"a": {"b": 1}, "n": null, "o": {}}', '{}');
SELECT level, joined(jsonb_build_object('level', level)), joined(jsonb_build_object('level', level, 'misshas', 'delete')) FROM generate_series(1, 2) AS level;

-- dk_rule: a key with a mode of its own, whatever the general ones say.
SELECT two('{"base": {"name": "R", "tel": "1", "list": [1]}, "own": {"x": 1}}', '{"base": {"name": "S", "tel": "2", "city": "Tula", "list": [2]}, "other": {"y": 2}}');
SELECT mode, both_sides(jsonb_build_object('dk_rule', jsonb_build_object('base.tel', mode))) FROM unnest(ARRAY['set', 'none', 'move', 'delete', 'merge']) AS mode;
-- Only as far as it makes sense: the source's alone, the receiver's alone, nobody's.
SELECT mode, joined(jsonb_build_object('dk_rule', jsonb_build_object('base.city', mode, 'own.x', mode, 'no.such', mode))) FROM unnest(ARRAY['set', 'none', 'move', 'delete', 'merge']) AS mode;
SELECT joined('{"hasmiss": "none", "dk_rule": {"other": "set", "base.list": "merge"}}');
-- Keys above the level, and far below it.
SELECT two('{"a": {"b": {"c": {"d": 1, "e": 1}, "f": 1}, "g": 1}}', '{"a": {"b": {"c": {"d": 2, "e": 2, "h": 2}, "f": 2}, "g": 2}}');
SELECT joined('{"dk_rule": {"a": "set"}}'), joined('{"hashas": "set", "dk_rule": {"a": "none"}}');
-- What leads to a key with its own mode is taken apart, so that nothing overwrites it.
SELECT joined('{"hashas": "set", "dk_rule": {"a.b.c.d": "none"}}');
SELECT joined('{"level": 1, "hashas": "set", "dk_rule": {"a.b.c": "none"}}');
SELECT joined('{"level": 0, "hashas": "set", "dk_rule": {"a.b.f": "none"}}');
SELECT joined('{"dk_rule": {"a.b.c.h": "set"}}');
-- The longest first: one below another is out of its reach.
SELECT joined('{"dk_rule": {"a": "set", "a.b": "none", "a.b.c.d": "set"}}'), joined('{"dk_rule": {"a.b.c.d": "set", "a.b": "none", "a": "set"}}');
SELECT joined('{"dk_rule": {"a.b": "delete", "a.b.c": "none"}}');
-- A dot in a key is escaped.
SELECT two('{"a\\.b": 1, "a": {"b": 1}}', '{"a\\.b": 2, "a": {"b": 2}}');
SELECT joined('{"dk_rule": {"a\\.b": "set"}}'), joined('{"dk_rule": {"a.b": "set"}}');

-- A surviving source keeps what was not moved; one that goes is as good as empty.
SELECT two('{"a": {"x": 1}}', '{"a": {"x": 2, "y": 2}, "b": 2}');
SELECT would('member_merge', '{"email": "r@test.ru", "head": "s@test.ru", "data_rule": {"dk_rule": {"a.y": "move"}, "hasmiss": "none"}}');
SELECT would('member_merge', '{"email": "r@test.ru", "head": "s@test.ru", "head_rule": "transplant", "data_rule": {"dk_rule": {"a.y": "move"}, "hasmiss": "none"}}');
-- What cannot be written is not deleted at the source.
SELECT two('{"a": 1}', '{"a": {"y": 2}}');
SELECT both_sides('{"hasmiss": "move"}');
SELECT two('{"a": {"k": 1}}', '{"a": {"k": [2]}}');
SELECT both_sides('{"hashas": "merge", "dk_rule": {"a.k": "merge"}}');

-- Numbers stay as they are written.
SELECT two('{"a": {"x": 1.10}}', '{"a": {"x": 2.50, "n": 12345678901234567890, "p": 1.10, "l": [0.30]}}');
SELECT joined('{"hashas": "set"}');

-- The event and the journal tell what really changed.
SELECT two('{"a": {"x": 1, "y": 1}}', '{"a": {"x": 2, "z": 2}}');
SELECT member_merge('{"email": "r@test.ru", "head": "s@test.ru", "data_rule": {"hashas": "set", "misshas": "delete"}}') -> 'source_deleted';
SELECT event_type, jsonb_path_query_array(body, '$.event_data.changed[*].path') FROM member.event ORDER BY id DESC LIMIT 1;
SELECT step -> 'changed' FROM member.journal, jsonb_array_elements(inverse) AS step;

-- What is no rule.
SELECT rule, refusal(format('SELECT member_merge(''{"email": "r@test.ru", "head": "s@test.ru", "data_rule": %s}'')', rule)) FROM unnest(ARRAY[
    '[]', '"set"', '{"level": -1}', '{"level": 1.5}', '{"level": "x"}', '{"level": {}}', '{"hasmiss": "merge"}', '{"hasmiss": "delete"}', '{"hashas": "insert"}', '{"hashas": 1}',
    '{"misshas": "set"}', '{"misshas": "Delete"}', '{"dk_rule": []}', '{"dk_rule": {"a": "insert"}}', '{"dk_rule": {"a": null}}', '{"dk_rule": {"a[0]": "set"}}', '{"dk_rule": {"a.*": "set"}}',
    '{"dk_rule": {"": "set"}}', '{"dk_rule": {"a..b": "set"}}', '{"other": 1}'
]) WITH ORDINALITY AS t(rule, n) ORDER BY n;
SELECT * FROM member_check();
