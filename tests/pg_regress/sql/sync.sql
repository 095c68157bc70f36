-- member_sync: a row trigger that keeps subscribers in step with a table.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE TABLE customer (n int PRIMARY KEY, mail text, name text, age int, balance numeric, vip boolean, born date, prefs jsonb, visits bigint, codes int[]);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE OR DELETE ON customer FOR EACH ROW EXECUTE FUNCTION
    member_sync('address=mail', 'data:base.name=name', 'data:base.age=age', 'data:money.balance=balance', 'data:vip=vip', 'data:base.born=born', 'data:prefs=prefs', 'data:codes=codes', 'on_delete=delete');

-- Every type of column; numbers exact, NULL is a deleted key.
INSERT INTO customer VALUES (1, ' User@Test.RU ', 'Первый', 33, 12345678901234567890.10, true, '1971-05-04', '{"a": [1.10, null]}', 7, '{1,2}');
SELECT member_get('user@test.ru') - 'member';
UPDATE customer SET name = NULL, age = 34, vip = false, prefs = 'null' WHERE n = 1;
SELECT member_get('user@test.ru') - 'member';
-- Only what is mapped is touched; what is not mapped stays.
SELECT member_set('user@test.ru', '[["own", "set", "kept"], ["base.own", "set", "kept"]]') ->> 'newbie';
UPDATE customer SET name = 'Второй', age = NULL WHERE n = 1;
SELECT member_get('user@test.ru', 'base'), member_get('user@test.ru', 'own');
-- What changes nothing writes nothing.
SELECT version FROM member.body \gset
UPDATE customer SET visits = 8, name = name;
SELECT version - :version FROM member.body;

-- Several rows at once.
INSERT INTO customer (n, mail, name) SELECT n, 'c' || n || '@test.ru', 'C' || n FROM generate_series(10, 14) AS n;
SELECT count(*) FROM member.body;
UPDATE customer SET name = upper(name || 'x') WHERE n >= 10;
SELECT string_agg(member_get(mail, 'base.name') ->> 0, ' ' ORDER BY n) FROM customer WHERE n >= 10;

-- The same identifier written otherwise is the same subscriber: its data stay.
SELECT member_get('user@test.ru', 'member.dataset') AS dataset \gset
UPDATE customer SET mail = 'USER@test.ru' WHERE n = 1;
SELECT member_get('user@test.ru', 'member.dataset') = :'dataset', member_get('user@test.ru', 'own');

-- Another address: on_delete says what becomes of the old one; the new one is made or changed.
UPDATE customer SET mail = 'other@test.ru' WHERE n = 10;
SELECT member_exists('{"list": ["c10@test.ru", "other@test.ru"]}'), member_get('other@test.ru', 'base.name');
-- The row goes.
DELETE FROM customer WHERE n IN (10, 11);
SELECT member_exists('{"list": ["other@test.ru", "c11@test.ru", "c12@test.ru"]}');

-- invalid=skip, the default: the row stays in its table, its subscriber is left out, with a warning.
INSERT INTO customer (n, mail, name) VALUES (20, 'nobody', 'x');
INSERT INTO customer (n, mail, name) VALUES (21, NULL, 'x');
INSERT INTO customer (n, mail, name) VALUES (22, '', 'x');
SELECT count(*) FROM customer WHERE n >= 20;
SELECT member_exists('{"list": ["c12@test.ru"]}');

-- A datakey that does not fit the data fails the statement, whatever invalid says.
SELECT member_set('c12@test.ru', '[["base", "set", "a text"]]') ->> 'newbie';
UPDATE customer SET name = 'y' WHERE n = 12;
SELECT name FROM customer WHERE n = 12;

-- Rolled back with the statement.
BEGIN;
INSERT INTO customer (n, mail) VALUES (30, 'rolled@test.ru');
SELECT member_exists('{"email": "rolled@test.ru"}') -> 'list';
ROLLBACK;
SELECT member_exists('{"email": "rolled@test.ru"}') -> 'list';
SELECT * FROM member_check();
-- The table changes its shape: a column more, one renamed, one gone, one of another type.
ALTER TABLE customer ADD COLUMN city text, ADD COLUMN extra int DEFAULT 5;
UPDATE customer SET city = 'Omsk', name = 'after', codes = '{3}' WHERE n = 13;
SELECT member_get('c13@test.ru', 'base.name'), member_get('c13@test.ru', 'codes');
ALTER TABLE customer DROP COLUMN extra, ALTER COLUMN age TYPE text USING age || ' years';
UPDATE customer SET age = 'forty' WHERE n = 13;
SELECT member_get('c13@test.ru', 'base.age');
ALTER TABLE customer RENAME COLUMN codes TO marks;
UPDATE customer SET name = 'x' WHERE n = 13;
SELECT name FROM customer WHERE n = 13;
ALTER TABLE customer RENAME COLUMN marks TO codes;
-- A large value, stored apart by the server.
UPDATE customer SET name = repeat('long ', 100000) WHERE n = 13;
SELECT length(member_get('c13@test.ru', 'base.name') #>> '{}');
SELECT * FROM member_check();
DROP TABLE customer;

-- invalid=fail: the statement fails.
CREATE TABLE strict (phone text, name text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE OR DELETE ON strict FOR EACH ROW EXECUTE FUNCTION member_sync('address=phone', 'addr_type=msisdn', 'data:name=name', 'invalid=fail');
INSERT INTO strict VALUES ('8 921 123-45-67', 'Third');
SELECT member_get('9211234567', 'name');
INSERT INTO strict VALUES ('nobody', 'x');
INSERT INTO strict VALUES (NULL, 'x');
INSERT INTO strict VALUES ('9211234568', 'ok'), ('123', 'x');
SELECT count(*) FROM strict;
SELECT member_exists('{"list": ["9211234568"]}');
-- on_delete=keep, the default: the subscriber stays.
UPDATE strict SET phone = '9211234569';
DELETE FROM strict;
SELECT member_exists('{"list": ["9211234567", "9211234569"]}');
DROP TABLE strict;

-- addr_type and a column of numbers.
CREATE TABLE chat (user_id bigint, nick text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE ON chat FOR EACH ROW EXECUTE FUNCTION member_sync('address=user_id', 'addr_type=tg', 'data:nick=nick');
INSERT INTO chat VALUES (4242, 'nick');
SELECT member_get('{"email": 4242, "addr_type": "tg", "datakey": "nick"}'::jsonb);

-- A number beyond 64 bits is an identifier too.
CREATE TABLE card (n numeric(20), half numeric, is_new boolean);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE ON card FOR EACH ROW EXECUTE FUNCTION member_sync('address=n', 'addr_type=csid');
INSERT INTO card VALUES (98765432109876543210, 1.5), (7.00, 1.5);
SELECT value FROM member.address WHERE addr_type = 'csid' ORDER BY id;
CREATE OR REPLACE TRIGGER to_member AFTER INSERT OR UPDATE ON card FOR EACH ROW EXECUTE FUNCTION member_sync('address=half', 'addr_type=csid');
INSERT INTO card VALUES (1, 1.5);
CREATE OR REPLACE TRIGGER to_member AFTER INSERT OR UPDATE ON card FOR EACH ROW EXECUTE FUNCTION member_sync('address=is_new', 'addr_type=csid');
INSERT INTO card VALUES (1, 1.5, true);
DROP TABLE card;

-- What member_set would warn of is a warning of the statement.
CREATE TABLE warned (mail text, phone text, vip text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE ON warned FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'head:msisdn=phone', 'head_rule=replace', 'data:member.vip=vip', 'data:name=mail');
INSERT INTO warned VALUES ('warned@test.ru', NULL, 'yes'), ('quiet@test.ru', NULL, NULL);
SELECT member_get('warned@test.ru', 'member') ? 'vip', member_get('warned@test.ru', 'name');
SET pg_member.tld_check = warn;
SET pg_member.phone_check = warn;
INSERT INTO warned VALUES ('warned@test.nosuchtld', '8 999 12', NULL);
UPDATE warned SET vip = 'no' WHERE mail = 'quiet@test.ru';
RESET pg_member.tld_check;
RESET pg_member.phone_check;
-- The last head of somebody comes without its data.
SELECT member_set('+79261230000', '[["lost", "set", 1]]') ->> 'newbie';
DROP TRIGGER to_member ON warned;
CREATE TRIGGER to_member AFTER UPDATE ON warned FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'head:msisdn=phone', 'head_rule=transplant');
UPDATE warned SET phone = '+79261230000' WHERE mail = 'quiet@test.ru';
DROP TABLE warned;
SELECT * FROM member_check();

-- on_delete=detach: the identifier leaves if others remain; the last one stays.
CREATE TABLE mail (address text);
CREATE TRIGGER to_member AFTER INSERT OR DELETE ON mail FOR EACH ROW EXECUTE FUNCTION member_sync('address=address', 'on_delete=detach');
INSERT INTO mail VALUES ('d1@test.ru'), ('d2@test.ru');
SELECT join_heads('d1@test.ru', 'd2@test.ru');
SELECT * FROM member_check();
DELETE FROM mail WHERE address = 'd2@test.ru';
SELECT member_exists('{"list": ["d1@test.ru", "d2@test.ru"]}');
SELECT event_type, version, body -> 'event_data' ->> 'id' = address_id::text FROM member.event ORDER BY id DESC LIMIT 1;
SELECT call, plan -> 0 ->> 'step', inverse -> 0 ->> 'step', source_dataset, undone_by FROM member.journal;
SELECT * FROM member_check();
DELETE FROM mail WHERE address = 'd1@test.ru';
SELECT member_exists('{"list": ["d1@test.ru"]}');
-- Its body may be deleted later: all stays sound.
SELECT member_delete('{"email": "d1@test.ru"}');
SELECT * FROM member_check();

-- BEFORE works as well: the row goes on as it is.
CREATE TABLE early (mail text, name text);
CREATE TRIGGER to_member BEFORE INSERT OR UPDATE OR DELETE ON early FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'data:name=name', 'on_delete=delete');
INSERT INTO early VALUES ('early@test.ru', 'x') RETURNING *;
UPDATE early SET name = 'y' RETURNING *;
DELETE FROM early RETURNING *;
SELECT member_exists('{"email": "early@test.ru"}') -> 'list';

-- Wrong arguments are said when the trigger fires.
CREATE TABLE bad (mail text, name text);
CREATE FUNCTION fire(VARIADIC arguments text[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'CREATE OR REPLACE TRIGGER t AFTER INSERT ON bad FOR EACH ROW EXECUTE FUNCTION member_sync('
        || (SELECT coalesce(string_agg(quote_literal(a), ', '), '') FROM unnest(arguments) AS a) || ')';
    RETURN refusal('INSERT INTO bad VALUES (''a@test.ru'', ''x'')');
END
$$;
SELECT fire('address=nowhere'), fire('address=mail', 'data:name=nowhere'), fire('data:name=name'), fire('address'), fire('address='), fire('adress=mail');
SELECT fire('address=mail', 'on_delete=drop'), fire('address=mail', 'invalid=ignore'), fire('address=mail', 'data:=name'), fire('address=mail', 'addr_type=phone'), fire('address=mail', 'data:a..b=name');
SELECT fire(VARIADIC '{}');
SELECT fire('address=mail', 'data:name=name');
-- It is for rows, and for triggers.
CREATE OR REPLACE TRIGGER t AFTER INSERT ON bad FOR EACH STATEMENT EXECUTE FUNCTION member_sync('address=mail');
INSERT INTO bad VALUES ('b@test.ru', 'x');
DROP TRIGGER t ON bad;
CREATE TRIGGER t AFTER TRUNCATE ON bad FOR EACH STATEMENT EXECUTE FUNCTION member_sync('address=mail');
TRUNCATE bad;
SELECT member_sync();

-- A column that is NULL from the start says nothing: a second row of the same person takes nothing from the first.
CREATE TABLE signup (mail text, name text, city text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE ON signup FOR EACH ROW EXECUTE FUNCTION
    member_sync('address=mail', 'data:base.name=name', 'data:base.city=city');
INSERT INTO signup VALUES ('twice@test.ru', 'Анна', NULL), ('twice@test.ru', NULL, 'Пермь');
SELECT member_get('twice@test.ru', 'base');
UPDATE signup SET city = NULL WHERE city IS NOT NULL;
SELECT member_get('twice@test.ru', 'base');

-- A trigger runs for whoever changes the table, whatever they may call: the trigger's owner chose it.
CREATE ROLE regress_sync_clerk;
GRANT INSERT ON early TO regress_sync_clerk;
SET ROLE regress_sync_clerk;
INSERT INTO early VALUES ('clerk@test.ru', 'x');
RESET ROLE;
SELECT member_get('clerk@test.ru', 'name');
REVOKE ALL ON early FROM regress_sync_clerk;
DROP ROLE regress_sync_clerk;
SELECT * FROM member_check();
