-- member_exists and member_find.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('test@test.ru', '[]') ->> 'newbie', member_set('{"email": "test@test.RU", "addr_type": "csid"}') ->> 'newbie', member_set('9211234567', '[]') ->> 'newbie';

-- 1 is there, 0 is not, null is no identifier, with a warning. Keyed by the strings as sent.
SELECT member_exists('{"email": " TEST@test.ru "}');
SELECT member_exists('{"email": "nobody@test.ru"}');
SELECT member_exists('{"email": "nobody"}');
SELECT member_exists('{"list": ["test@test.ru", "8 921 123-45-67", "nobody@test.ru", "nobody", "", "a@@b.ru"]}');
SELECT member_exists('{"list": []}');
-- With a type; numbers stand for their digits.
SELECT member_exists('{"list": ["test@test.ru", "test@test.RU"], "addr_type": "csid"}');
SELECT member_exists('{"email": 79211234567}'), member_exists('{"email": 1, "addr_type": "tg"}');
SELECT member_exists(jsonb_build_object('list', jsonb_build_array(id, 999999), 'addr_type', 'id')) -> 'list' = jsonb_build_object(id::text, 1, '999999', 0) FROM member.address WHERE addr_type = 'email';
SELECT member_exists('{"email": "x", "addr_type": "id"}');
-- A known identifier without a subscriber does not exist.
SELECT member_delete('{"email": "9211234567"}');
SELECT member_exists('{"email": "9211234567"}');

SELECT refusal('SELECT member_exists(''{}'')'), refusal('SELECT member_exists(''{"email": "a@test.ru", "list": []}'')'), refusal('SELECT member_exists(''{"list": "a@test.ru"}'')'),
       refusal('SELECT member_exists(''{"list": [["a@test.ru"]]}'')'), refusal('SELECT member_exists(''{"email": 1.5}'')'), refusal('SELECT member_exists(''{"email": "a@test.ru", "addr_type": "mail"}'')');

-- member_find: every subscriber that a string names, whatever its type, in the order of the types.
SELECT member_find('{"email": "test@test.RU"}');
SELECT member_find('{"email": "Test@Test.ru"}');
SELECT member_set('9211234567', '[]') ->> 'newbie', count(member_set(jsonb_build_object('email', '79211234567', 'addr_type', type)))
FROM unnest(ARRAY['umid', 'max', 'tg', 'vknotify', 'vk', 'push', 'csid', 'viber']) AS type;
SELECT item ->> 'addr_type', item ->> 'email' FROM jsonb_array_elements(member_find('{"email": "79211234567"}') -> 'list') WITH ORDINALITY AS t(item, n) ORDER BY n;
SELECT item ->> 'addr_type', item ->> 'email' FROM jsonb_array_elements(member_find('{"email": "8 921 123-45-67"}') -> 'list') WITH ORDINALITY AS t(item, n) ORDER BY n;
SELECT member_find('{"email": "nobody@test.ru"}'), member_find('{"email": ""}'), member_find('{"email": 79211234567}') -> 'list' -> 0 ->> 'email';
-- Only subscribers, not identifiers that were.
SELECT member_delete('{"email": "test@test.ru"}');
SELECT member_find('{"email": "test@test.RU"}');
-- The number of an identifier is not considered.
SELECT member_find(jsonb_build_object('email', id)) FROM member.address WHERE addr_type = 'email';
SELECT refusal('SELECT member_find(''{}'')'), refusal('SELECT member_find(''{"email": null}'')'), refusal('SELECT member_find(''{"email": ["a@test.ru"]}'')');
