-- In a READ ONLY transaction every writing call fails with the server's 25006, nothing changes, and reading calls work.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie', origin_create('{"label": "site"}'), sys_settings_set('{"list": {"member.tarif.limit": 100}}');
SELECT count(*) AS events FROM member.event \gset
CREATE TABLE customer (mail text);
CREATE TRIGGER t AFTER INSERT ON customer FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail');

BEGIN READ ONLY;
SELECT call, left(refusal(call), 5) FROM unnest(ARRAY[
    'SELECT member_set(''new@test.ru'', ''[]'')', 'SELECT member_set(''{"email": "new@test.ru"}'')', 'SELECT member_set(''a@test.ru'', ''[["x", "set", 2]]'')', 'SELECT member_set(''{"email": "a@test.ru", "datakey": [["member.lockconfirm", "set", 1]]}'')',
    'SELECT member_delete(''{"email": "a@test.ru"}'')', 'SELECT member_delete(''{"list": ["a@test.ru"], "wipe": 1}'')', 'SELECT member_api(''{"action": "member.set", "email": "new@test.ru"}'')',
    'SELECT member_api(''{"action": "member.set", "email": "a@test.ru", "datakey": [["x", "set", 2]]}'')', 'SELECT member_api(''{"action": "member.delete", "email": "a@test.ru"}'')',
    'SELECT member_api(''{"action": "batch", "do": [{"action": "member.set", "email": "a@test.ru", "datakey": [["x", "set", 2]]}]}'')',
    'SELECT origin_create(''{"label": "shop"}'')', 'SELECT origin_set(''{"id": 1, "name": "x"}'')', 'SELECT origin_delete(''{"id": 1}'')', 'SELECT sys_settings_set(''{"list": {"member.tarif.limit": 5}}'')',
    'SELECT numbering_range_load(E''h;h;h;h;h;h;h;h\n921;0000000;9999999;10000000;A;B;C;1\n'')', 'SELECT member_grant(''pg_monitor'', ''read'')', 'SELECT member_revoke(''pg_monitor'', ''read'')', 'INSERT INTO customer VALUES (''new@test.ru'')'
]) WITH ORDINALITY AS t(call, n) ORDER BY n;

-- As the server says it, with nothing of ours in it.
SAVEPOINT s;
SELECT member_set('a@test.ru', '[["x", "set", 2]]');
ROLLBACK TO s;
INSERT INTO customer VALUES ('a@test.ru');
ROLLBACK TO s;

-- Reading.
SELECT member_get('a@test.ru', 'x'), member_get('{"email": "a@test.ru", "datakey": ["x", "member.email"]}'::jsonb), member_exists('{"email": "a@test.ru"}') -> 'list', member_find('{"email": "a@test.ru"}') -> 'list' -> 0 -> 'email';
SELECT origin_list(), origin_get('{"id": 1}') -> 'obj' -> 'label', sys_settings_get('{"list": ["member.tarif.limit", "member.noconfirm.rest"]}');
SELECT address_check('a@test.ru') -> 'syntax', address_normalize('9211234567') -> 'email', datakey_apply('{}', '[["a", "set", 1]]'), datakey_get('{"a": 1}', 'a'), email_normalize('A@test.ru'), phone_normalize('9211234567');
SELECT count(*) FROM member_check();
SELECT count(*) > 0 FROM member_errors();
SELECT count(*) > 0 FROM member_stats;
SELECT member_api('{"action": "ping"}') -> 'pong', member_api('{"action": "member.get", "email": "a@test.ru", "datakey": "x"}') -> 'datakey';
COMMIT;

-- Nothing happened.
SELECT member_get('a@test.ru', 'x'), member_exists('{"list": ["new@test.ru"]}'), origin_list(), count(*) - :events FROM member.event;
SELECT * FROM member_check();
