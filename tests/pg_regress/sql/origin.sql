-- Origins: where heads come from. A number, a label, a name.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT origin_list();
SELECT origin_create('{"label": "site", "name": "The site"}');
SELECT origin_create('{"label": "магазин 2"}');
SELECT origin_list(), origin_list('{}') = origin_list();
SELECT origin_get('{"id": 1}'), origin_get('{"id": "1"}'), origin_get('{"id": "site"}');
SELECT origin_get('{"id": "магазин 2"}');
-- In portions.
SELECT origin_list('{"order": ["-id"], "first": 1}'), origin_list('{"filter": [{"a": "label", "op": "==", "v": "site"}]}'), origin_list('{"skip": 1}') #>> '{list,0,name}';
SELECT refusal('SELECT origin_list(''{"first": 51}'')'), refusal('SELECT origin_list(''{"filter": [{"a": "colour", "op": "==", "v": 1}]}'')');

-- A label: its own, not empty, not only digits.
SELECT label, refusal(format('SELECT origin_create(''{"label": %s}'')', label)) FROM unnest(ARRAY['"site"', '""', '"17"', '"007"', 'null', '5', '["a"]']) WITH ORDINALITY AS t(label, n) ORDER BY n;
SELECT refusal('SELECT origin_create(''{"name": "x"}'')'), refusal('SELECT origin_create(''{"label": "x", "name": 5}'')');
-- Case makes a difference; digits with something else are a label, a sign too.
SELECT origin_create('{"label": "Site"}') ->> 'id' > '2', origin_create('{"label": "2nd"}') ->> 'id' > '2', origin_create('{"label": "+5"}') ->> 'id' > '2';
SELECT origin_get('{"id": "Site"}') #>> '{obj,label}', origin_get('{"id": "2nd"}') #>> '{obj,label}';
SELECT origin_get('{"id": "+5"}') #>> '{obj,label}';

-- Changed: what is not given stays.
SELECT origin_set('{"id": 1, "name": "Our site"}');
SELECT origin_get('{"id": 1}');
SELECT origin_set('{"id": "site", "label": "web"}');
SELECT origin_get('{"id": "web"}'), refusal('SELECT origin_get(''{"id": "site"}'')');
SELECT origin_set('{"id": 1, "label": "web"}');
SELECT refusal('SELECT origin_set(''{"id": 1, "label": "2nd"}'')'), refusal('SELECT origin_set(''{"id": 1, "label": "12"}'')'), refusal('SELECT origin_set(''{"id": 1, "label": ""}'')'),
       refusal('SELECT origin_set(''{"id": 99, "label": "x"}'')'), refusal('SELECT origin_set(''{"id": "nowhere"}'')');

-- None of these numbers or labels.
SELECT id, refusal(format('SELECT origin_get(''{"id": %s}'')', id)) FROM unnest(ARRAY['99', '0', '-1', '99999999999', '"99999999999999999999"', '1.5', '"nowhere"', '""', 'true', '[]', '{}']) WITH ORDINALITY AS t(id, n) ORDER BY n;

-- Deleted; heads keep the number, which is not given again.
SELECT member_set('a@test.ru', '[["member.origin", "set", "web"]]') ->> 'newbie';
SELECT origin_delete('{"id": "web"}');
SELECT member_get('a@test.ru', 'member.origin'), refusal('SELECT origin_get(''{"id": 1}'')'), refusal('SELECT origin_delete(''{"id": 1}'')');
SELECT origin_create('{"label": "web"}') ->> 'id' > '2';
SELECT * FROM member_check();
