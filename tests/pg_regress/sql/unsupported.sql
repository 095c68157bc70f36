-- What this version cannot do yet is refused by name, never ignored; a parameter that asks for nothing asks for nothing.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';

-- member_set.
SELECT key, refusal(format('SELECT member_set(''a@test.ru'', ''[["x", "set", 2], %s]'')', key)) FROM unnest(ARRAY[
    '["-group.p1", "set", 1]', '["-group.p1", "delete"]', '["-group.p1", "set", 5]', '["@member.sequence_data@", "set", 1]', '["@member.sequence_data.store@.a.b", "set", 1]', '["@other", "set", 1]'
]) WITH ORDINALITY AS t(key, n) ORDER BY n;

-- Nothing of it was done.
SELECT member_get('a@test.ru', 'x'), version FROM member.body;

-- The data of a passage read as null where there is no passage.
SELECT member_get('a@test.ru', '@member.sequence_data@'), member_get('a@test.ru', '@member.sequence_data@.a.b');
SELECT member_set('a@test.ru', '[["y", "set.copy", "@member.sequence_data@.a"]]') ->> 'newbie';
SELECT member_get('a@test.ru', 'y');

-- -group alone and what lies deeper than a group is ignored with a warning.
SELECT member_set('a@test.ru', '[["-group", "delete"], ["-group.p1.x", "set", 1]]') -> 'warnings';

-- Empty values ask for nothing.
SELECT member_set('{"email": "a@test.ru", "head_attach": [], "obj": {}, "newbie.letter.confirm": "", "newbie.letter.no-confirm": null}') #- '{member,id}';
SELECT member_set('{"email": "a@test.ru", "head_attach": null, "obj": null, "newbie.letter.confirm": 0, "newbie.letter.no-confirm": "0"}') #- '{member,id}';
SELECT member_get('{"email": "a@test.ru", "datakey": "x", "with_heads": 0, "with_stoplist": "0", "missing_too": false}'::jsonb);
SELECT member_delete('{"email": "nobody@test.ru", "group": "", "group.filter": [], "url": null, "stat.uni": {}, "sync": 1, "track.info": "x"}');
