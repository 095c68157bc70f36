-- Subscribers by answers to questionnaires: obj of member_set, and member_get without datakey.
\set ECHO none
\i helper.sql
CREATE FUNCTION answers(address text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT (member_get(jsonb_build_object('email', address)) -> 'obj') - '{member,-group}'::text[] $$;
CREATE FUNCTION refused(obj text) RETURNS text LANGUAGE sql AS $$
    SELECT refusal(format('SELECT member_set(%L::jsonb)', format('{"email": "a@test.ru", "obj": %s}', obj))) $$;
SET pg_member.time_zone = 'UTC';
SELECT anketa_create('{"id": "a1", "name": "All types"}') ->> 'id',
       anketa_quest_add('{"anketa.id": "a1", "obj": [{"id": "free", "type": "free", "width": 5}, {"id": "int", "type": "int"}, {"id": "one", "type": "1m", "answers": {"a": "A", "b": "B"}},
           {"id": "many", "type": "nm", "answers": {"x": "X", "y": "Y", "z": "Z"}, "order": ["z", "y", "x"]}, {"id": "yd", "type": "dt", "dtsubtype": "yd"}, {"id": "yh", "type": "dt", "dtsubtype": "yh"},
           {"id": "ym", "type": "dt", "dtsubtype": "ym"}, {"id": "ys", "type": "dt", "dtsubtype": "ys"}]}') ->> 'id';
\set ECHO all
-- Written as answers, visible as datakeys: choices are objects, whole numbers are numbers.
SELECT member_set('{"email": "a@test.ru", "obj": {"base": {"firstName": "Anna", "gender": ["0"], "birthDate": "1990-5-4", "age": "34"},
    "a1": {"free": "12345", "int": "-007", "one": ["b"], "many": ["x", "z"], "yd": "2024-05-01", "yh": "2024-05-01 7", "ym": "2024-05-01 07:08", "ys": "2024-05-01 07:08:09"}}}'::jsonb);
SELECT member_get('a@test.ru', 'base'), member_get('a@test.ru', 'a1');
SELECT answers('a@test.ru') -> 'base', answers('a@test.ru') -> 'a1';
SELECT member_set('{"email": "a@test.ru", "datakey": [["a1.many.y", "set", null], ["a1.int", "set", 12345678901234567890], ["shop.n", "set", 1]]}'::jsonb) -> 'newbie';
SELECT answers('a@test.ru') -> 'a1';

-- What is not named stays; null deletes.
SELECT member_set('{"email": "a@test.ru", "obj": {"base": {"gender": null, "age": 35}, "a1": {"many": []}}}'::jsonb) -> 'newbie';
SELECT answers('a@test.ru') -> 'base', answers('a@test.ru') #> '{a1,many}';
-- The same program as by datakeys: the event is the same too.
SELECT body #> '{event_data,changed}' FROM member.event WHERE event_type = 'member_change' ORDER BY id DESC LIMIT 1;
-- Where nothing changes, nothing is written.
SELECT version FROM member.body;
SELECT member_set('{"email": "a@test.ru", "obj": {"base": {"age": "35"}}}'::jsonb) -> 'newbie';
SELECT version FROM member.body;

-- if_exists: about the subscriber, or about answers. What is empty is filled, what datakeys left empty too.
SELECT member_set('{"email": "a@test.ru", "datakey": [["base.name", "set", ""], ["base.city", "set", null], ["base.gender", "set", {}]]}'::jsonb) -> 'newbie';
SELECT member_set('{"email": "a@test.ru", "if_exists": "update", "obj": {"base": {"firstName": "Olga", "age": null, "lastName": "Petrova", "name": "Full", "city": "Perm", "gender": ["1"]}}}'::jsonb) -> 'newbie';
SELECT answers('a@test.ru') -> 'base';
SELECT member_set('{"email": "a@test.ru", "if_exists": "overwrite", "obj": {"base": {"firstName": "Olga", "age": null}}}'::jsonb) -> 'newbie';
SELECT answers('a@test.ru') -> 'base';
SELECT refusal($$SELECT member_set('{"email": "a@test.ru", "if_exists": "error", "obj": {}}'::jsonb)$$), refusal($$SELECT member_set('{"email": "new@test.ru", "if_exists": "must", "obj": {}}'::jsonb)$$),
       refusal($$SELECT member_set('{"email": "a@test.ru", "if_exists": "merge", "obj": {}}'::jsonb)$$), refusal($$SELECT member_set('{"email": "a@test.ru", "if_exists": "update"}'::jsonb)$$);
SELECT member_set('{"email": "new@test.ru", "if_exists": "update", "obj": {"base": {"age": 1}}}'::jsonb) -> 'newbie';
SELECT answers('new@test.ru');

-- One format at a time.
SELECT refusal($$SELECT member_set('{"email": "a@test.ru", "obj": {}, "datakey": []}'::jsonb)$$), refused('[]'), refused('"x"');
SELECT member_set('{"email": "a@test.ru", "obj": null, "datakey": []}'::jsonb) -> 'newbie', member_set('{"email": "a@test.ru", "obj": {}}'::jsonb) -> 'newbie';

-- Answers copy nothing.
SELECT member_set('{"email": "a@test.ru", "obj": {}, "copy_email": "nobody@test.ru", "copy_data": {"a": 1}, "copy_missing": "never"}'::jsonb) -> 'warnings';

-- What does not fit is refused by name, and nothing of the call is written.
SELECT obj, refused(obj) FROM unnest(ARRAY[
    '{"none": {"x": "1"}}', '{"none": {}}', '{"base": {"none": "1"}}', '{"base": ["age"]}', '{"base": {"city": "Omsk", "gender": ["7"]}}', '{"base": {"gender": ["0", "1"]}}', '{"base": {"gender": "0"}}', '{"base": {"gender": []}}',
    '{"a1": {"many": ["x", "w"]}}', '{"a1": {"many": "x"}}', '{"a1": {"free": "123456"}}', '{"a1": {"free": {}}}', '{"a1": {"int": "1.5"}}', '{"a1": {"int": "x"}}', '{"a1": {"int": ""}}',
    '{"a1": {"yd": "2024-05-01 07"}}', '{"a1": {"yd": "2024-02-30"}}', '{"a1": {"yh": "2024-05-01"}}', '{"a1": {"ym": "2024-05"}}', '{"a1": {"ys": "2024-05-01 07:08"}}', '{"a1": {"yd": 5}}', '{"a1": {"yd": "current:Ys"}}']) AS obj;
SELECT answers('a@test.ru') -> 'base' -> 'city';
SELECT member_api('{"action": "member.set", "email": "a@test.ru", "obj": {"base": {"gender": ["7"]}}}') - 'duration';
-- A question and its data may part ways: an answer that is not an object cannot be written into a scalar.
SELECT member_set('c@test.ru', '[["a1", "set", "x"]]') -> 'newbie';
SELECT refusal($$SELECT member_set('{"email": "c@test.ru", "obj": {"a1": {"int": 1}}}'::jsonb)$$), answers('c@test.ru');

-- Dates may be computed, if what comes out has the precision of the question.
SELECT member_set('{"email": "a@test.ru", "obj": {"a1": {"yd": "current - 1 day"}}, "return_fresh_obj": 1}'::jsonb) #>> '{obj,a1,yd}' = to_char(statement_timestamp() AT TIME ZONE 'UTC' - interval '1 day', 'YYYY-MM-DD');

-- What the system knows: errors can be cleared and confirmation asked for; the rest is ignored with a warning.
INSERT INTO member.delivery_error (value, addr_type, lock, at, errors) VALUES ('a@test.ru', 'email', true, '2024-05-01 12:00Z', 3);
UPDATE member.head SET lock = 4 WHERE value = 'a@test.ru';
SELECT key, value FROM jsonb_each(member_get('{"email": "a@test.ru"}'::jsonb) #> '{obj,member}') WHERE key ^@ 'error' OR key = 'haslock' ORDER BY key;
SELECT member_set('{"email": "a@test.ru", "obj": {"member": {"error": "1", "lockconfirm": "0", "email": "b@test.ru", "origin": 5}}}'::jsonb);
SELECT lock, (SELECT count(*) FROM member.delivery_error) FROM member.head WHERE value = 'a@test.ru';
SELECT member_set('{"email": "a@test.ru", "obj": {"member": {"error": "0", "lockconfirm": "1"}}}'::jsonb);
SELECT lock, (SELECT count(*) FROM member.delivery_error) FROM member.head WHERE value = 'a@test.ru';
SELECT member_set('{"email": "a@test.ru", "obj": {"member": {"error": 0, "lockconfirm": 1}}}'::jsonb) -> 'warnings';

-- Lists take 0 and 1.
SELECT refused('{"-group": {"pl1": 2}}'), refused('{"-group": {"pl1": null}}'), refused('{"-group": [1]}');

-- Read: questions that have an answer, member flat, and the lists.
SELECT jsonb_object_keys(member_get('{"email": "a@test.ru"}'::jsonb) #> '{obj,member}') ORDER BY 1;
SELECT (member_get('{"email": "a@test.ru"}'::jsonb) #> '{obj,member}') - '{create.time,update.time}'::text[];
SELECT jsonb_object_keys(member_get('{"email": "c@test.ru"}'::jsonb) -> 'obj') ORDER BY 1;
SELECT member_set('{"email": "a@test.ru", "head_attach": [{"head": "C-1", "head_addr_type": "csid"}], "obj": {"base": {"city": "Omsk"}}, "return_fresh_obj": 1}'::jsonb) #> '{obj,base}';
SELECT member_get('{"email": "C-1", "addr_type": "csid", "with_heads": 1}'::jsonb) #> '{obj,base,city}',
       (SELECT string_agg(head ->> 'email', ' ') FROM jsonb_array_elements(member_get('{"email": "C-1", "addr_type": "csid", "with_heads": 1}'::jsonb) #> '{obj,member,heads}') AS head);
SELECT refusal($$SELECT member_get('{"email": "nobody@test.ru"}'::jsonb)$$), refusal($$SELECT member_get('{}'::jsonb)$$);

-- The data of the reply are in the format of the request.
SELECT jsonb_object_keys(member_set('{"email": "a@test.ru", "obj": {"base": {"city": "Perm"}}, "return_fresh_obj": 1}'::jsonb)) ORDER BY 1;
SELECT member_set('{"email": "a@test.ru", "obj": {"base": {"city": "Perm"}}, "return_fresh_obj": 1}'::jsonb) -> 'obj' = member_get('{"email": "a@test.ru"}'::jsonb) -> 'obj';
SELECT jsonb_object_keys(member_set('{"email": "a@test.ru", "datakey": [], "return_fresh_obj": 1}'::jsonb)) ORDER BY 1;
-- A dry run and an explanation read answers too.
SELECT member_set('{"email": "a@test.ru", "obj": {"base": {"city": "Sochi"}}, "dry_run": 1}'::jsonb) #> '{data,base,city}', member_get('a@test.ru', 'base.city');
SELECT member_explain('{"email": "a@test.ru", "obj": {"base": {"city": "Sochi"}}}'::jsonb) -> 'steps';
SELECT * FROM member_check();
