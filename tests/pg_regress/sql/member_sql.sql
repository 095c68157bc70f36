-- The calls inside SQL: over the rows of a query, in functions, with parameters, in transactions with the caller's own tables.
\set ECHO none
\i helper.sql
\set ECHO all

-- One call per row.
CREATE TABLE customer AS SELECT n, 'c' || n || '@test.ru' AS mail, 'Name ' || n AS name FROM generate_series(1, 500) AS n;
SELECT count(*), sum((member_set(mail, jsonb_build_array(jsonb_build_array('base.name', 'set', name), jsonb_build_array('n', 'set', n))) ->> 'newbie')::int) FROM customer;
SELECT count(*), sum((member_set(mail, '[["n", "set", 0], ["tags", "push", "x"]]') ->> 'newbie')::int) FROM customer WHERE n <= 250;
SELECT member_get(mail, 'base.name'), member_get(mail, 'n') FROM customer WHERE n IN (7, 300) ORDER BY n;
SELECT count(*) FROM customer WHERE member_get(mail, 'n') = '0' AND member_exists(jsonb_build_object('email', mail)) -> 'list' ->> mail = '1';
-- Two calls of one statement on one subscriber: each sees what the one before did.
SELECT member_set('c1@test.ru', '[["list", "push", 1]]') ->> 'newbie', member_set('c1@test.ru', '[["list", "push", 2]]') ->> 'newbie';
SELECT member_get('c1@test.ru', 'list');
SELECT count(member_set('new@test.ru', jsonb_build_array(jsonb_build_array('list', 'push', n)))) FROM generate_series(1, 5) AS n;
SELECT member_get('new@test.ru', 'list'), member_get('new@test.ru', 'member.dataset') IS NOT NULL;
-- Reading in the statement that writes shows what was before it.
SELECT member_set('c1@test.ru', '[["seen", "set", true]]') ->> 'newbie', member_get('c1@test.ru', 'seen');
SELECT member_get('c1@test.ru', 'seen');

-- Prepared, with the request as a parameter.
PREPARE set(jsonb) AS SELECT member_set($1) ->> 'newbie';
EXECUTE set('{"email": "p@test.ru", "datakey": [["x", "set", 1]]}');
EXECUTE set('{"email": "p@test.ru", "datakey": [["x", "set", 2]]}');
EXECUTE set('{"email": "p"}');
EXECUTE set('{"email": "p@test.ru", "datakey": [["x", "push", 2]]}');
EXECUTE set('{"email": "p@test.ru", "datakey": [["x", "set", 3]]}');
SELECT member_get('p@test.ru', 'x');

-- With the caller's own tables: together or not at all.
BEGIN;
DELETE FROM customer WHERE n = 500;
SELECT member_delete('{"email": "c500@test.ru"}');
ROLLBACK;
SELECT count(*), member_exists('{"email": "c500@test.ru"}') -> 'list' FROM customer WHERE n = 500;

-- In plpgsql: a refusal is an exception like any other, and takes back only its own block.
DO $$
DECLARE
    mail text;
    refused int := 0;
BEGIN
    FOREACH mail IN ARRAY ARRAY['q1@test.ru', 'nobody', 'q2@test.ru', 'a@@b.ru', 'q3@test.ru'] LOOP
        BEGIN
            PERFORM member_set(mail, '[["q", "set", 1]]');
        EXCEPTION WHEN SQLSTATE 'PM102' OR SQLSTATE 'PM103' THEN
            refused := refused + 1;
        END;
    END LOOP;
    RAISE NOTICE '% refused', refused;
END
$$;
SELECT member_exists('{"list": ["q1@test.ru", "q2@test.ru", "q3@test.ru"]}');

-- As a call with an object of named parameters, as gateways pass it.
SELECT member_set(row_to_json(r)::jsonb) ->> 'newbie' FROM (SELECT 'g@test.ru' AS email, '[["x", "set", 1]]'::jsonb AS datakey) AS r;

-- Isolation levels: all work.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT member_set('g@test.ru', '[["x", "set", 2]]') ->> 'newbie', member_set('s@test.ru', '[]') ->> 'newbie';
SELECT member_get('g@test.ru', 'x');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT member_delete('{"list": ["g@test.ru", "s@test.ru"]}');
SELECT member_exists('{"list": ["g@test.ru", "s@test.ru"]}');
COMMIT;
SELECT member_exists('{"list": ["g@test.ru", "s@test.ru"]}');

-- pg_member.versioning: alone, nobody is in the way.
SET pg_member.versioning = on;
SELECT member_set('v@test.ru', '[["x", "set", 1]]') ->> 'newbie';
SELECT member_set('v@test.ru', '[["x", "set", 2]]') ->> 'newbie';
BEGIN;
SELECT member_set('v@test.ru', '[["x", "set", 3]]') ->> 'newbie', member_set('v@test.ru', '[["x", "set", 4]]') ->> 'newbie';
SELECT member_delete('{"email": "v@test.ru"}'), member_set('v@test.ru', '[]') ->> 'newbie';
COMMIT;

-- After DISCARD, and with everything prepared before.
DISCARD ALL;
SELECT member_set('c1@test.ru', '[["x", "set", 2]]') ->> 'newbie';
SELECT member_get('c1@test.ru', 'x');
SELECT * FROM member_check();
