-- member_set: creates a subscriber, or changes its data.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT member_set('{"email": " User@Test.RU ", "datakey": [["base.name", "set", "Первый"], ["orders", "push", {"no": 17, "sum": 9.50}]]}');
SELECT member_set('{"email": "user@test.ru", "addr_type": "email", "datakey": [["base.name", "set", "Второй"], ["orders", "push", {"no": 18}]]}');
SELECT member_get('user@test.ru', 'base'), member_get('user@test.ru', 'orders');

-- The short form.
SELECT member_set('user@test.ru', '[["base.name", "delete"]]');
SELECT member_set('8 921 123-45-67', '[["city", "set", "Perm"]]');
SELECT member_get('+79211234567', 'city');

-- Without a program a subscriber with empty data.
SELECT member_set('{"email": "empty@test.ru"}');
SELECT member_set('{"email": "empty@test.ru", "datakey": []}');
SELECT data FROM member.body ORDER BY dataset DESC LIMIT 1;

-- Every type of identifier.
SELECT member_set(jsonb_build_object('email', value, 'addr_type', type)) -> 'member' ->> 'addr_type',
       member_set(jsonb_build_object('email', value, 'addr_type', type)) ->> 'newbie'
FROM (VALUES ('email', 'types@test.ru'), ('msisdn', '9211234500'), ('viber', '9211234500'), ('csid', 'types@test.ru'), ('push', '17'),
             ('pushapp', repeat('t', 64) || '@fcm.android.42'), ('vk', '17'), ('vknotify', '9211234500'), ('tg', '17'), ('max', '17'), ('umid', '17')) AS t(type, value);
-- A number stands for its digits.
SELECT member_set('{"email": 17, "addr_type": "tg"}') ->> 'newbie', member_set('{"email": 18, "addr_type": "tg"}') ->> 'newbie';

SELECT member_set('{"email": 12345678901234567890, "addr_type": "csid"}') -> 'member' ->> 'email';
SELECT member_set('{"email": 9999999999999999999, "addr_type": "push"}') -> 'member' ->> 'email';

-- id: the number of an identifier that exists; it cannot create one.
SELECT member_set(jsonb_build_object('email', (SELECT id FROM member.address WHERE value = 'user@test.ru'), 'addr_type', 'id', 'datakey', '[["by", "set", "id"]]'::jsonb)) - 'id' #- '{member,id}';
SELECT member_get('user@test.ru', 'by');
SELECT refusal('SELECT member_set(''{"email": 999999, "addr_type": "id"}'')'), refusal('SELECT member_set(''{"email": "x", "addr_type": "id"}'')'),
       refusal('SELECT member_set(''{"email": 0, "addr_type": "id"}'')');
-- dataset is for reading.
SELECT refusal('SELECT member_set(''{"email": 1, "addr_type": "dataset"}'')');
SELECT refusal('SELECT member_set(''{"email": "x", "addr_type": "phone"}'')');

-- if_exists.
SELECT refusal('SELECT member_set(''{"email": "user@test.ru", "if_exists": "error", "datakey": [["lost", "set", 1]]}'')');
SELECT refusal('SELECT member_set(''{"email": "nobody@test.ru", "if_exists": "must"}'')');
SELECT member_set('{"email": "user@test.ru", "if_exists": "must"}') ->> 'newbie', member_set('{"email": "new@test.ru", "if_exists": "error"}') ->> 'newbie',
       member_set('{"email": "user@test.ru", "if_exists": ""}') ->> 'newbie', member_set('{"email": "user@test.ru", "if_exists": null}') ->> 'newbie';
SELECT refusal('SELECT member_set(''{"email": "user@test.ru", "if_exists": "update"}'')');
SELECT member_exists('{"list": ["nobody@test.ru"]}'), member_get('user@test.ru', 'lost');

-- source: who asked for it first.
SELECT member_set('{"email": "host@test.ru", "source": "192.0.2.1"}') ->> 'newbie';
SELECT member_get('host@test.ru', 'member.create.host'), member_get('host@test.ru', 'member.update.host');
SELECT member_set('{"email": "host@test.ru", "source": "2001:db8::1", "datakey": [["a", "set", 1]]}') ->> 'newbie';
SELECT member_get('host@test.ru', 'member.create.host'), member_get('host@test.ru', 'member.update.host');
SELECT refusal('SELECT member_set(''{"email": "host@test.ru", "source": "example.com"}'')');

-- return_fresh_obj: what member_get gives with "*".
SELECT member_set('{"email": "fresh@test.ru", "return_fresh_obj": 1, "datakey": [["a", "set", 1.10]]}') AS reply \gset
SELECT (:'reply'::jsonb -> 'datakey') = member_get('fresh@test.ru'), timeless(:'reply'::jsonb -> 'datakey') #- '{member,id}' #- '{member,dataset}';
SELECT member_set('{"email": "fresh@test.ru", "return_fresh_obj": "1", "datakey": [["a", "set", 2]]}') AS reply \gset
SELECT (:'reply'::jsonb -> 'datakey') = member_get('fresh@test.ru'), :'reply'::jsonb -> 'newbie', :'reply'::jsonb -> 'datakey' -> 'a';
SELECT member_set('{"email": "fresh@test.ru", "return_fresh_obj": 0}') ? 'datakey', member_set('{"email": "fresh@test.ru", "return_fresh_obj": true}') ? 'datakey';

-- All or nothing: one operation that fails leaves everything as it was, also a subscriber that would be new.
SELECT refusal('SELECT member_set(''user@test.ru'', ''[["ok", "set", 1], ["orders.x", "set", 1]]'')');
SELECT refusal('SELECT member_set(''never@test.ru'', ''[["ok", "set", 1], ["ok.x", "set", 1]]'')');
SELECT member_get('user@test.ru', 'ok'), member_exists('{"email": "never@test.ru"}');
SELECT count(*) FROM member.address WHERE value = 'never@test.ru';

-- The body's version grows by one with each change, and only then.
SELECT member_set('version@test.ru', '[["a", "set", 1]]') ->> 'newbie';
CREATE VIEW version AS SELECT b.version FROM member.body b JOIN member.address a USING (dataset) WHERE a.value = 'version@test.ru';
SELECT version FROM version;
SELECT member_set('version@test.ru', '[["a", "set", 1]]') ->> 'newbie';
SELECT version FROM version;
SELECT member_set('version@test.ru', '[["a", "set", 2]]') ->> 'newbie';
SELECT version FROM version;

-- The instants are those of the statement.
BEGIN;
SELECT member_set('time@test.ru', '[["a", "set", 1]]') ->> 'newbie';
SELECT create_time = update_time, import_time FROM member.body JOIN member.address USING (dataset) WHERE value = 'time@test.ru';
SELECT statement_timestamp() AS "now", member_set('time@test.ru', '[["a", "set", 2]]') AS reply \gset
SELECT update_time = :'now', update_time > create_time FROM member.body JOIN member.address USING (dataset) WHERE value = 'time@test.ru';
COMMIT;

-- A key that begins with an escaped @ is data.
SELECT member_set('at@test.ru', '[["\\@handle", "set", "user"]]') ->> 'newbie';
SELECT member_get('at@test.ru', '\@handle');

SELECT count(*) FROM member_check();
