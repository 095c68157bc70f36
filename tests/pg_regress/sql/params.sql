-- Parameters: missing, of the wrong form, unknown.
\set ECHO none
\i helper.sql
\set ECHO all
-- A request is an object.
SELECT call, refusal(format('SELECT %s(%L::jsonb)', call, request)) FROM unnest(ARRAY['member_set', 'member_get', 'member_exists', 'member_find', 'member_delete', 'origin_list', 'origin_get', 'origin_create', 'origin_set',
    'origin_delete', 'sys_settings_get', 'sys_settings_set']) WITH ORDINALITY AS c(call, n), unnest(ARRAY['[]', '5']) AS request ORDER BY n;
-- Missing: absent or null.
SELECT call, refusal(format('SELECT %s(%L::jsonb)', call, request)) FROM (VALUES ('member_set', '{}'), ('member_set', '{"email": null}'), ('member_get', '{"datakey": "*"}'), ('member_exists', '{}'), ('member_find', '{}'),
    ('member_delete', '{"email": null, "list": null}'), ('origin_get', '{}'), ('origin_create', '{"name": "x"}'), ('origin_set', '{"name": "x"}'), ('origin_delete', '{}'), ('sys_settings_set', '{}')) AS t(call, request);
-- Of the wrong form: the parameter is named, and what it must be.
SELECT parameter, refusal(format('SELECT member_set(''{"email": "a@test.ru", %s}'')', parameter)) FROM unnest(ARRAY['"addr_type": 5', '"addr_type": ["email"]', '"source": 5', '"source": "1.2.3"', '"source": "1.2.3.4, 5.6.7.8"',
    '"if_exists": 1', '"if_exists": "maybe"', '"newbie.confirm": 5', '"newbie.confirm": [1]', '"newbie.confirm": 1.5', '"return_fresh_obj": "yes"', '"copy_email": []', '"copy_missing": 5', '"copy_missing": "never"', '"copy_email": "b@test.ru", "copy_data": null',
    '"datakey": "x"', '"datakey": {}', '"datakey": 5']) WITH ORDINALITY AS t(parameter, n) ORDER BY n;
SELECT email, refusal(format('SELECT member_set(''{"email": %s}'')', email)) FROM unnest(ARRAY['[]', '{}', 'true', '1.5', '""', '"   "']) AS email;
-- 0 and 1 as number, text or boolean.
SELECT flag, member_set(format('{"email": "flag@test.ru", "return_fresh_obj": %s}', flag)::jsonb) ? 'datakey' FROM unnest(ARRAY['0', '1', '"0"', '"1"', 'false', 'true', '""', 'null', '1.0']) AS flag;

-- Unknown: a warning that names it, and the call goes on.
SELECT member_set('{"email": "a@test.ru", "data_key": [["x", "set", 1]], "E-mail": 1}') #- '{member,id}';
SELECT member_get('{"email": "a@test.ru", "datakey": "x", "lang": "ru"}'::jsonb);
SELECT member_exists('{"email": "a@test.ru", "wipe": 1}');
SELECT member_find('{"email": "a@test.ru", "addr_type": "email"}') -> 'warnings';
SELECT member_delete('{"email": "nobody@test.ru", "force": 1}');
SELECT origin_create('{"label": "site", "color": "red"}');
SELECT origin_list('{"last": 10}'), origin_get('{"id": 1, "x": 1}') -> 'warnings';
SELECT origin_set('{"id": 1, "x": 1}'), origin_delete('{"id": 1, "x": 1}');
SELECT sys_settings_get('{"list": [], "x": 1}'), sys_settings_set('{"list": {}, "x": 1}');
-- The transport's own parameters are known everywhere.
SELECT member_set('{"action": "member.set", "email": "a@test.ru", "request.id": 1, "session": "s", "apikey": "k", "one_time_auth": {}}') ? 'warnings';

-- NULL gives NULL.
SELECT member_set(NULL), member_set(NULL, '[]'), member_set('a@test.ru', NULL), member_exists(NULL), member_find(NULL), member_delete(NULL), origin_list(NULL), origin_get(NULL), origin_create(NULL), origin_set(NULL),
       origin_delete(NULL), sys_settings_get(NULL), sys_settings_set(NULL);

-- What jsonb itself cannot hold is refused by the server before the call.
SELECT refusal('SELECT member_set(''{"email": "a@test.ru", "datakey": [["x", "set", "\u0000"]]}'')');
SELECT refusal('SELECT member_set(''{"email": "a\u0000@test.ru"}'')');
SELECT refusal('SELECT member_set(''{"email": "a@test.ru", "datakey": [["x", "set", "\ud800"]]}'')'), refusal('SELECT member_set(''{"email": "a@test.ru", "datakey": [["x", "set", "\udc00\ud800"]]}'')');
SELECT refusal('SELECT member_set(''{"email": '')');
-- The last of equal keys wins, as in every jsonb.
SELECT member_set('{"email": "nobody", "email": "a@test.ru"}') -> 'member' ->> 'email';

-- Short forms: an address that begins with { looks like a request.
SELECT member_get('{"email": "a@test.ru"}');
SELECT refusal('SELECT member_get(''{'', ''x'')'), refusal('SELECT member_set(''{"email": "a@test.ru"}'', ''[]'')'), refusal('SELECT member_set(E''\n {'', ''[]'')');
SELECT refusal('SELECT member_set(''a@test.ru'', ''{}'')'), refusal('SELECT member_set(''a@test.ru'', ''null'')');
SELECT * FROM member_check();
