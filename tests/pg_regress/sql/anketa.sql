-- Questionnaires: their questions, and the answers that questions offer.
\set ECHO none
\i helper.sql
CREATE FUNCTION quests(anketa text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(quest ->> 'id', ' ' ORDER BY n)
    FROM jsonb_array_elements(anketa_get(jsonb_build_object('id', anketa)) #> '{obj,quests}') WITH ORDINALITY AS q (quest, n) $$;
CREATE FUNCTION quest(anketa text, quest text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT q FROM jsonb_array_elements(anketa_get(jsonb_build_object('id', anketa)) #> '{obj,quests}') AS q WHERE q ->> 'id' = quest $$;
\set ECHO all
-- Two are there from the beginning.
SELECT anketa_list('{"order": ["id"]}');
SELECT anketa_get('{"id": "custom"}');
SELECT jsonb_array_elements(anketa_get('{"id": "base"}') #> '{obj,quests}');

-- One of one's own; an id may be given or is numbered.
SELECT anketa_create('{"id": "shop", "name": "The shop"}'), anketa_create('{"name": "Numbered"}'), anketa_create('{"id": "a2", "name": "Taken"}'), anketa_create('{"name": "Passes over a2"}');
SELECT anketa_set('{"id": "shop", "name": "Our shop"}');
SELECT anketa_get('{"id": "shop"}');
SELECT anketa_list('{"filter": [{"a": "system", "op": "==", "v": 0}], "order": ["-name"]}');
SELECT anketa_list('{"first": 2, "skip": 1}'), anketa_list('{"skip": 4}');
SELECT refusal('SELECT anketa_list(''{}'')'), refusal('SELECT anketa_list(''{"first": 51}'')'), refusal('SELECT anketa_list(''{"order": ["x"]}'')');

-- Questions of every type.
SELECT anketa_quest_add('{"anketa.id": "shop", "obj": [
    {"id": "note", "name": "A note", "type": "free", "width": 10}, {"id": "visits", "type": "int"}, {"type": "dt", "dtsubtype": "ym", "name": "Last visit"},
    {"id": "size", "type": "1m", "answers": {"s": "Small", "m": "Medium", "xl": "Very large"}, "order": ["s", "m"]},
    {"id": "pets", "type": "nm", "answers": {"cat": "A cat", "dog": "A dog"}}]}');
SELECT jsonb_array_elements(anketa_get('{"id": "shop"}') #> '{obj,quests}');
SELECT anketa_quest_add('{"anketa.id": "custom", "obj": {"id": "usual", "type": "free", "color": "red"}}'), quest('custom', 'usual');

-- Changed: what is not given stays, answers too.
SELECT anketa_quest_set('{"anketa.id": "shop", "obj": {"id": "note", "width": 20}}'), quest('shop', 'note');
SELECT anketa_quest_set('{"anketa.id": "shop", "obj": [{"id": "size", "name": "Size"}, {"id": "size", "answers": {"m": "Middle", "xxl": "Huge"}}]}'), quest('shop', 'size');

-- Order: those left out follow.
SELECT anketa_quest_order('{"anketa.id": "shop", "order": ["pets", "note"]}'), quests('shop');
SELECT anketa_quest_response_order('{"anketa.id": "shop", "id": "size", "order": ["xxl", "s"]}'), quest('shop', 'size') -> 'order';
SELECT what, refusal(format('SELECT %s', what)) FROM unnest(ARRAY[
    $$anketa_quest_order('{"anketa.id": "shop", "order": ["pets", "pets"]}')$$,
    $$anketa_quest_order('{"anketa.id": "shop", "order": ["nothing"]}')$$,
    $$anketa_quest_order('{"anketa.id": "shop", "order": [1]}')$$,
    $$anketa_quest_response_order('{"anketa.id": "shop", "id": "size", "order": ["z"]}')$$,
    $$anketa_quest_response_order('{"anketa.id": "shop", "id": "none", "order": []}')$$]) AS what;

-- Deleted: the data stay, and nothing shows them in this format any more.
SELECT member_set('{"email": "a@test.ru", "obj": {"shop": {"size": ["m"], "pets": ["cat", "dog"], "note": "x"}}}'::jsonb) -> 'newbie';
SELECT anketa_quest_response_delete('{"anketa.id": "shop", "quest.id": "pets", "id": "cat"}'), quest('shop', 'pets') -> 'answers';
SELECT anketa_quest_delete('{"anketa.id": "shop", "id": "note"}'), quests('shop');
SELECT member_get('{"email": "a@test.ru"}'::jsonb) #> '{obj,shop}', member_get('a@test.ru', 'shop');

-- A copy has the questions and the answers.
SELECT anketa_create('{"id": "copy", "name": "Copy", "copy_from": "shop"}'), anketa_create('{"id": "base2", "name": "Copy", "copy_from": "base"}');
SELECT (anketa_get('{"id": "copy"}') #> '{obj,quests}') = (anketa_get('{"id": "shop"}') #> '{obj,quests}'), quests('base2') = quests('base'), quest('base2', 'gender');
SELECT anketa_delete('{"id": "shop"}');
SELECT refusal('SELECT anketa_get(''{"id": "shop"}'')'), member_get('a@test.ru', 'shop.size');
-- Made again, it begins without questions.
SELECT anketa_create('{"id": "shop", "name": "Again"}');
SELECT anketa_get('{"id": "shop"}') #> '{obj,quests}';

-- What the extension brought may be changed, and is not deleted. The change is a row of its own.
SELECT anketa_set('{"id": "base", "name": "About you"}'), anketa_quest_set('{"anketa.id": "base", "obj": {"id": "gender", "name": "Sex", "answers": {"0": "F", "2": "Other"}}}');
SELECT anketa_quest_order('{"anketa.id": "base", "order": ["city", "gender"]}');
SELECT anketa_quest_response_order('{"anketa.id": "base", "id": "gender", "order": ["2", "0", "1"]}');
SELECT anketa_list('{"filter": [{"a": "id", "op": "==", "v": "base"}]}'), quests('base'), quest('base', 'gender');
SELECT code, builtin, name, position FROM member.answer WHERE anketa = 'base' ORDER BY code, builtin;
SELECT anketa_quest_response_delete('{"anketa.id": "base", "quest.id": "gender", "id": 2}'), quest('base', 'gender') -> 'order';
SELECT anketa_quest_add('{"anketa.id": "base", "obj": {"id": "own", "type": "int"}}'), anketa_quest_delete('{"anketa.id": "base", "id": "own"}');
SELECT what, refusal(format('SELECT %s', what)) FROM unnest(ARRAY[
    $$anketa_delete('{"id": "base"}')$$, $$anketa_delete('{"id": "custom"}')$$,
    $$anketa_quest_delete('{"anketa.id": "base", "id": "city"}')$$,
    $$anketa_quest_response_delete('{"anketa.id": "base", "quest.id": "gender", "id": "0"}')$$]) AS what;

-- What is refused.
SELECT what, refusal(format('SELECT %s', what)) FROM unnest(ARRAY[
    $$anketa_get('{}')$$, $$anketa_get('{"id": "none"}')$$, $$anketa_set('{"id": "none", "name": "x"}')$$, $$anketa_set('{"id": "shop"}')$$, $$anketa_delete('{"id": "none"}')$$,
    $$anketa_create('{}')$$, $$anketa_create('{"id": "shop", "name": "x"}')$$, $$anketa_create('{"id": "base", "name": "x"}')$$, $$anketa_create('{"name": "x", "copy_from": "none"}')$$,
    $$anketa_create('{"id": "member", "name": "x"}')$$, $$anketa_create('{"id": "-group", "name": "x"}')$$, $$anketa_create('{"id": "a.b", "name": "x"}')$$, $$anketa_create('{"id": "", "name": "x"}')$$, $$anketa_create('{"id": "анкета", "name": "x"}')$$,
    $$anketa_quest_add('{"anketa.id": "none", "obj": {"type": "int"}}')$$, $$anketa_quest_add('{"anketa.id": "shop"}')$$, $$anketa_quest_add('{"anketa.id": "shop", "obj": 5}')$$, $$anketa_quest_add('{"obj": {"type": "int"}}')$$,
    $$anketa_quest_add('{"anketa.id": "custom", "obj": {"id": "usual", "type": "int"}}')$$, $$anketa_quest_add('{"anketa.id": "shop", "obj": [{"id": "x", "type": "int"}, {"id": "x", "type": "int"}]}')$$,
    $$anketa_quest_set('{"anketa.id": "shop", "obj": {"id": "none"}}')$$, $$anketa_quest_set('{"anketa.id": "shop", "obj": {"name": "x"}}')$$,
    $$anketa_quest_delete('{"anketa.id": "shop", "id": "none"}')$$, $$anketa_quest_response_delete('{"anketa.id": "copy", "quest.id": "size", "id": "none"}')$$,
    $$anketa_quest_set('{"anketa.id": "copy", "obj": {"id": "size", "type": "nm"}}')$$, $$anketa_quest_set('{"anketa.id": "base", "obj": {"id": "birthDate", "dtsubtype": "ys"}}')$$]) AS what;
SELECT obj, refusal(format('SELECT anketa_quest_add(''{"anketa.id": "shop", "obj": %s}'')', obj)) FROM unnest(ARRAY[
    '{"id": "x"}', '{"id": "x", "type": "text"}', '{"id": "a b", "type": "int"}', '{"id": "x", "type": "free", "width": 0}', '{"id": "x", "type": "free", "width": 65537}', '{"id": "x", "type": "int", "width": 5}',
    '{"id": "x", "type": "dt"}', '{"id": "x", "type": "dt", "dtsubtype": "yy"}', '{"id": "x", "type": "free", "dtsubtype": "yd"}', '{"id": "x", "type": "1m"}', '{"id": "x", "type": "nm", "answers": {}}',
    '{"id": "x", "type": "int", "answers": {"1": "x"}}', '{"id": "x", "type": "int", "order": ["1"]}', '{"id": "x", "type": "1m", "answers": ["1"]}', '{"id": "x", "type": "1m", "answers": {"1": 1}}', '{"id": "x", "type": "1m", "answers": {"a b": "x"}}',
    '{"id": "x", "type": "1m", "answers": {"1": "x"}, "order": ["2"]}']) AS obj;
-- Nothing of a refused list is written, by member_api neither.
SELECT member_api('{"action": "anketa.quest.add", "anketa.id": "shop", "obj": [{"id": "first", "type": "int"}, {"id": "second", "type": "text"}]}') - 'duration', quests('shop');
SELECT member_api('{"action": "anketa.quest.add", "anketa.id": "shop", "obj": [{"id": "first", "type": "int"}, {"type": "int"}]}') - 'duration', quests('shop');
SELECT member_api('{"action": "anketa.list", "first": 1}') - 'duration', member_api('{"action": "anketa.quest.response.order", "anketa.id": "base", "id": "gender", "order": ["1"]}') - 'duration';
