-- member_check: proves that the tables agree. Each rule is broken by hand, seen, and mended.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('a@test.ru', '[]') ->> 'newbie', member_set('b@test.ru', '[]') ->> 'newbie', member_set('9211234567', '[]') ->> 'newbie';
SELECT value, id, dataset FROM member.address ORDER BY id;
SELECT * FROM member_check();

-- Shows what a change breaks, and takes the change back.
CREATE FUNCTION broken(VARIADIC changes text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    change text;
    seen text[];
BEGIN
    BEGIN
        FOREACH change IN ARRAY changes LOOP EXECUTE change; END LOOP;
        -- member_check is STABLE: it reads with the snapshot of the statement that calls it.
        EXECUTE 'SELECT array_agg(concat_ws(''|'', problem, coalesce(c.dataset::text, ''-''), coalesce(address_id::text, ''-''), detail) ORDER BY problem, c.dataset, address_id) FROM member_check() c' INTO seen;
        RAISE EXCEPTION 'taken back';
    EXCEPTION WHEN raise_exception THEN
    END;
    RETURN QUERY SELECT unnest(seen);
END
$$;

-- Every body has a head.
SELECT broken('INSERT INTO member.body VALUES (1000, 1, now(), now(), NULL, NULL, NULL, ''{}'')');
-- A head has a body, and an address that names it.
SELECT broken('DELETE FROM member.body WHERE dataset = (SELECT dataset FROM member.address WHERE value = ''a@test.ru'')');
SELECT broken('DELETE FROM member.address WHERE value = ''a@test.ru''');
SELECT broken('UPDATE member.address SET dataset = NULL WHERE value = ''a@test.ru''');
-- An address that names a body is a head of it.
SELECT broken('DELETE FROM member.head WHERE value = ''a@test.ru''');
SELECT broken('UPDATE member.address SET dataset = (SELECT dataset FROM member.address WHERE value = ''b@test.ru'') WHERE value = ''a@test.ru''');
SELECT broken('UPDATE member.address SET dataset = 1000 WHERE value = ''a@test.ru''');
-- Numbers are of one address each.
SELECT broken('INSERT INTO member.address SELECT ''x'', ''csid'', id, NULL FROM member.address WHERE value = ''a@test.ru''');
-- The head's copies of type and value agree.
SELECT broken('UPDATE member.head SET value = ''c@test.ru'' WHERE value = ''a@test.ru''');
SELECT broken('UPDATE member.head SET addr_type = ''csid'' WHERE value = ''a@test.ru''');
-- Lock bit 1: a global record of the stop-list. One of a sender does not count.
SELECT broken('UPDATE member.head SET lock = 1 WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.stoplist VALUES (''a@test.ru'', ''email'', ''member'', 0, now(), NULL)');
SELECT broken('INSERT INTO member.stoplist VALUES (''a@test.ru'', ''email'', ''member'', 7, now(), NULL)');
SELECT broken('INSERT INTO member.stoplist VALUES (''a@test.ru'', ''email'', ''member'', 7, now(), NULL)', 'UPDATE member.head SET lock = 1 WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.stoplist VALUES (''a@test.ru'', ''csid'', ''member'', 0, now(), NULL)');
SELECT broken('INSERT INTO member.stoplist VALUES (''a@test.ru'', ''email'', ''owner'', 0, now(), NULL)', 'UPDATE member.head SET lock = 1 WHERE value = ''a@test.ru''');
-- Lock bit 2: only e-mails.
SELECT broken('UPDATE member.head SET lock = 2 WHERE value = ''a@test.ru''');
SELECT broken('UPDATE member.head SET lock = 2 WHERE value = ''+79211234567''');
SELECT broken('UPDATE member.head SET lock = 2, confirm_time = now() WHERE value = ''a@test.ru''');
-- Lock bit 4: delivery errors that lock.
SELECT broken('UPDATE member.head SET lock = 4 WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.delivery_error VALUES (''a@test.ru'', ''email'', true, now(), NULL, 1, NULL, NULL, NULL, NULL)');
SELECT broken('INSERT INTO member.delivery_error VALUES (''a@test.ru'', ''email'', false, now(), NULL, 1, NULL, NULL, NULL, NULL)');
SELECT broken('INSERT INTO member.delivery_error VALUES (''a@test.ru'', ''email'', true, now(), NULL, 1, NULL, NULL, NULL, NULL)', 'UPDATE member.head SET lock = 4 WHERE value = ''a@test.ru''');
-- Stop-list and errors of identifiers without a subscriber are nobody's.
SELECT broken('INSERT INTO member.stoplist VALUES (''z@test.ru'', ''email'', ''owner'', 0, now(), NULL)', 'INSERT INTO member.delivery_error VALUES (''z@test.ru'', ''email'', true, now(), NULL, 1, NULL, NULL, NULL, NULL)');
-- Membership only of heads that are, in list groups that are.
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('list', 'L', 'list', 'email', now(), now(), 901), ('filter', 'F', 'filter', 'email', now(), now(), 902);
SELECT broken('INSERT INTO member.group_member VALUES (1000, 1000, ''list'', now())');
SELECT broken('INSERT INTO member.group_member SELECT dataset, id, ''nowhere'', now() FROM member.head WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.group_member SELECT dataset, id, ''filter'', now() FROM member.head WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.group_member SELECT dataset, id, ''list'', now() FROM member.head WHERE value = ''a@test.ru''');
-- Journal rows name bodies that are or were.
SELECT broken('INSERT INTO member.journal VALUES (1, now(), ''x'', 1000, NULL, ''[]'', ''[]'', NULL)');
SELECT broken('INSERT INTO member.journal SELECT 1, now(), ''x'', dataset, 1000, ''[]'', ''[]'', NULL FROM member.address WHERE value = ''a@test.ru''');
SELECT broken('INSERT INTO member.journal SELECT 1, now(), ''x'', dataset, 1000, ''[]'', ''[]'', NULL FROM member.address WHERE value = ''a@test.ru''', 'INSERT INTO member.retired_dataset VALUES (1000, 1)');
-- Two things at once are two rows.
SELECT broken('UPDATE member.head SET lock = 5 WHERE value = ''a@test.ru''');

-- All was taken back.
SELECT * FROM member_check();
-- It writes nothing.
BEGIN READ ONLY;
SELECT count(*) FROM member_check();
COMMIT;
