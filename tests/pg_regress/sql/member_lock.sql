-- member_lock: many subscribers locked in one order, for a transaction of several calls.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('a@test.ru', '[]') ->> 'newbie', member_set('b@test.ru', '[]') ->> 'newbie', member_set('{"email": "card-1", "addr_type": "csid"}') ->> 'newbie', member_set('{"email": "4242", "addr_type": "csid"}') ->> 'newbie';
SELECT member_head_attach('{"email": "a@test.ru", "head": "a2@test.ru"}') -> 'member' ->> 'email';
SELECT count(*) AS events FROM member.event \gset

-- 1: locked; 0: nobody has it, or it is none. Keyed by the strings as sent; the same subscriber may come twice.
BEGIN;
SELECT member_lock('{"list": ["B@test.ru ", "a@test.ru", "a2@test.ru", "nobody@test.ru", "no address", "a@test.ru"]}');
SELECT member_lock('{"list": ["card-1", "card-2", 4242], "addr_type": "csid"}');
SELECT member_set('b@test.ru', '[["x", "set", 1]]') ->> 'newbie', member_merge('{"email": "a@test.ru", "head": "b@test.ru"}') -> 'source_deleted';
ROLLBACK;
SELECT member_lock('{"list": []}');
SELECT member_lock(jsonb_build_object('list', jsonb_agg(id), 'addr_type', 'id')) = jsonb_build_object('list', jsonb_object_agg(id, 1)) FROM member.address WHERE dataset IS NOT NULL;
SELECT member_lock('{"list": ["999999"], "addr_type": "id"}');
SELECT member_lock('{"list": ["a@test.ru"], "other": 1}');
-- Data and log stay as they are.
SELECT count(*) - :events FROM member.event;
SELECT * FROM member_check();

SELECT request, refusal(format('SELECT member_lock(%L)', request)) FROM unnest(ARRAY[
    '{}', '{"list": null}', '{"list": "a@test.ru"}', '{"list": [{}]}', '{"list": [null]}', '{"list": ["a@test.ru"], "addr_type": "mail"}', '{"list": ["1"], "addr_type": "dataset"}', '[]', '{"email": "a@test.ru"}'
]) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT member_lock(NULL);
