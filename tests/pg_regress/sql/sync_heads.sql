-- member_sync with several heads per row.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE TABLE customer (n int PRIMARY KEY, mail text, phone text, card text, name text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE OR DELETE ON customer FOR EACH ROW EXECUTE FUNCTION
    member_sync('address=mail', 'head=phone', 'head:csid=card', 'head_rule=transplant', 'on_delete=detach', 'data:name=name');
CREATE VIEW owners AS
    SELECT dense_rank() OVER (ORDER BY dataset) AS person, string_agg(value, ' ' ORDER BY id) AS heads
      FROM member.head GROUP BY dataset ORDER BY dataset;

-- One row, one person; NULL says nothing.
INSERT INTO customer VALUES (1, 'a@test.ru', '8 921 123-45-67', 'card-1', 'Anna'), (2, 'b@test.ru', NULL, NULL, 'Boris');
SELECT * FROM owners;
-- The first identifier that there is names the person.
INSERT INTO customer VALUES (3, NULL, '+79211234568', 'card-3', 'Vera');
SELECT * FROM owners;
SELECT member_get('+79211234568', 'name');
-- An identifier of somebody else moves, as the rule says; the one before leaves.
UPDATE customer SET card = 'card-3' WHERE n = 2;
SELECT * FROM owners;
UPDATE customer SET phone = '+79211234569' WHERE n = 1;
SELECT * FROM owners;
-- Another spelling is no change.
UPDATE customer SET phone = '8 (921) 123-45-69' WHERE n = 1;
UPDATE customer SET phone = NULL WHERE n = 1;
SELECT * FROM owners;
-- An invalid identifier is left out, the others count.
INSERT INTO customer VALUES (4, 'no address', '+79211234570', NULL, 'Gleb');
INSERT INTO customer VALUES (5, 'd@test.ru', 'no phone', 'card-5', 'Dina');
INSERT INTO customer VALUES (6, 'no address', 'no phone', NULL, 'nobody');
SELECT * FROM owners;
-- Repaired.
UPDATE customer SET phone = '+79211234571' WHERE n = 5;
SELECT * FROM owners;
-- All identifiers of a deleted row leave, but for the last one.
DELETE FROM customer WHERE n = 5;
SELECT * FROM owners;
SELECT call, count(*) FROM member.journal GROUP BY call ORDER BY call COLLATE "C";
SELECT * FROM member_check();

-- Without a rule an identifier of somebody else is refused; with on_delete=delete the person goes with its row.
CREATE TABLE strict (mail text, phone text);
CREATE TRIGGER to_member AFTER INSERT OR UPDATE OR DELETE ON strict FOR EACH ROW EXECUTE FUNCTION
    member_sync('address=mail', 'head:msisdn=phone', 'on_delete=delete', 'invalid=fail');
SELECT refusal('INSERT INTO strict VALUES (''e@test.ru'', ''+79211234570'')');
SELECT refusal('INSERT INTO strict VALUES (''e@test.ru'', ''no phone'')');
INSERT INTO strict VALUES ('e@test.ru', '+79211234572');
SELECT * FROM owners WHERE heads LIKE '%e@test.ru%';
DELETE FROM strict;
SELECT * FROM owners WHERE heads LIKE '%e@test.ru%';
SELECT count(*) FROM member.address WHERE value IN ('e@test.ru', '+79211234572') AND dataset IS NULL;
CREATE TRIGGER wrong AFTER INSERT ON strict FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'head_rule=steal');
SELECT refusal('INSERT INTO strict VALUES (''f@test.ru'', NULL)');
SELECT * FROM member_check();
