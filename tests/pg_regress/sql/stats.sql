-- member_stats: how much there is.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT * FROM member_stats ORDER BY 1, 2;
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie', member_set('b@test.ru', '[]') ->> 'newbie', member_set('9211234567', '[]') ->> 'newbie', member_set('{"email": "c", "addr_type": "csid"}') ->> 'newbie';
SELECT * FROM member_stats ORDER BY 1, 2;
SELECT member_delete('{"email": "b@test.ru"}');
SELECT * FROM member_stats ORDER BY 1, 2;
