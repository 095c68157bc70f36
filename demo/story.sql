-- The story that `make demo` tells, for somebody who knows SQL and meets pg_member for the first time.
-- Every step says what it does, shows its SQL and the answer.
\set ECHO queries
\pset footer off
\pset null '(none)'
\pset linestyle ascii

\echo
\echo '-- A shop keeps its customers in a table. They typed their addresses themselves:'
SELECT id, first_name, email, phone FROM customer WHERE id IN (1, 4, 10, 19, 241, 242, 243) ORDER BY id;

\echo '-- How many customers are there? That depends on whom you ask: 247 rows are not 247 people.'
SELECT count(*) AS rows, count(email) AS emails, count(DISTINCT email) AS written_differently FROM customer;

\echo '-- pg_member is an extension of this very database.'
CREATE EXTENSION pg_member;

\echo
\echo '-- The regulator of Russian numbers publishes which of them exist. Here one range stands for that list.'
SELECT numbering_range_load(E'code;from;to;capacity;operator;region;territory;tax\n926;0000000;9999999;10000000;an operator;-;Moscow;0');

\echo '-- address_check says of any text whether it is an address, and which one.'
SELECT id, email, address_check(email, 'email') FROM customer WHERE id IN (1, 4, 5, 7, 242) ORDER BY id;

\echo '-- How good are the e-mails of the shop? (ok, or the id of an error; a sample of each)'
SELECT address_check(email, 'email') ->> 'syntax' AS syntax, count(*), min(email) AS sample
FROM customer WHERE email IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1;

\echo '-- And the phones?'
SELECT address_check(phone, 'msisdn') ->> 'syntax' AS syntax, count(*), min(phone) AS sample
FROM customer WHERE phone IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1;

\echo '-- From now on every change of a customer changes a member, in the same transaction. The e-mail and the phone of a row are'
\echo '-- two heads of one person:'
CREATE TRIGGER customer_member AFTER INSERT OR UPDATE OR DELETE ON customer FOR EACH ROW
EXECUTE FUNCTION member_sync('address=email', 'addr_type=email', 'head:msisdn=phone', 'data:base.firstName=first_name',
                             'data:base.city=city', 'on_delete=keep', 'invalid=skip');

\echo
\echo '-- The rows that are there already are brought in by touching them. An address that is wrong is left out with a warning,'
\echo '-- and its row goes on being a customer; there are many, so the warnings are not shown here.'
SET client_min_messages = error;
UPDATE customer SET id = id;
RESET client_min_messages;

\echo
\echo '-- So many addresses were accepted, and so many of them were written in several ways and are one now:'
SELECT kind, count(*) AS rows, count(DISTINCT normal) AS addresses, count(*) - count(DISTINCT normal) AS repeats
FROM (SELECT 'email' AS kind, address_check(email, 'email') AS checked FROM customer
      UNION ALL
      SELECT 'msisdn', address_check(phone, 'msisdn') FROM customer) AS a,
     LATERAL (SELECT checked ->> 'email' AS normal) AS n
WHERE checked ->> 'syntax' = 'ok' GROUP BY kind ORDER BY kind;

\echo '-- The system counts the same, and the people behind them (bodies):'
SELECT * FROM member_stats;

\echo '-- Three customers turned out to be one Anna. Her e-mail and her phone find the same person, however they are written:'
SELECT id, email, phone FROM customer WHERE address_check(email, 'email') ->> 'email' = 'anna@example.com';
SELECT written, member_find(jsonb_build_object('email', written)) #> '{list,0}' AS found, member_get(written, 'member.dataset') AS person
FROM unnest(ARRAY[' Anna@EXAMPLE.com', '8 (926) 123-45-67', '+7 926 123 45 67']) AS written;

\echo '-- What else the shop knows goes to the same person: here the number of orders, for everybody at once.'
SELECT count(member_set(email, jsonb_build_array(jsonb_build_array('client_data.orders_count', 'set', n)))) AS members_changed
FROM (SELECT address_check(email, 'email') ->> 'email' AS email, count(*) AS n
      FROM customer JOIN orders ON orders.customer_id = customer.id
      WHERE address_check(email, 'email') ->> 'syntax' = 'ok' GROUP BY 1) AS ordered;

\echo '-- A program of small steps changes one person: set a value, push to a list, set a date that knows how exact it is.'
SELECT member_set('anna@example.com', '[["client_data.orders_count", "set", 3],
                                        ["client_data.pets", "push", {"name": "Tom"}],
                                        ["base.birthDate", "set", "1990-5-4", "dt:YD"]]');

\echo '-- This is what is known of her now; the spelling of the address does not matter.'
SELECT jsonb_pretty(member_get(' ANNA@Example.com ', 'base')) AS base, jsonb_pretty(member_get('anna@example.com', 'client_data')) AS client_data;

\echo '-- A new customer becomes a member by being inserted …'
INSERT INTO customer VALUES (300, 'Tom', 'Oslo', 'Tom@Example.ORG', '+7 926 555-00-11');
SELECT member_get('tom@example.org', 'base');

\echo '-- … and if the shop takes the insert back, the member is gone too: it is one transaction.'
BEGIN;
INSERT INTO customer VALUES (301, 'Eva', 'Lyon', 'eva@example.org', '+7 926 555-00-22');
SELECT member_exists('{"email": "eva@example.org"}');
ROLLBACK;
SELECT member_exists('{"email": "eva@example.org"}');

\echo '-- Another shop was bought, and its customers came as a file. A background worker imports it, behind the call.'
SELECT member_import(E'{"users.list": "member.email;base.firstName;base.city\\nolga@example.com;Olga;Riga\\nAnna@example.com;Anna;Perm\\nnobody;Vera;Omsk"}');
SELECT jsonb_pretty(track_wait(1, '1min') #> '{obj,param}') AS imported;
SELECT "row" AS refused FROM report_rows(1);

\echo '-- At any time the system can prove that its tables agree. No row means: all is well.'
SELECT * FROM member_check();
