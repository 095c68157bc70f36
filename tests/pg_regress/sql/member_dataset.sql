-- member_get by the number of a body: the common data, and every head.
\set ECHO none
\i helper.sql
\set ECHO all

SELECT member_set('{"email": "user@test.ru", "datakey": [["base.name", "set", "Первый"], ["orders", "set", [1, 2]]]}') ->> 'newbie', member_set('9211234567', '[]') ->> 'newbie',
       member_set('{"email": "card-1", "addr_type": "csid"}') ->> 'newbie';
SELECT join_heads('user@test.ru', '+79211234567', 'card-1');
UPDATE member.body SET create_time = '2026-01-02 00:04:05+00', update_time = '2026-06-30 21:00:00+00', create_host = '192.0.2.1';
UPDATE member.head SET lock = 1, confirm_time = '2026-01-03 00:00:00+00' WHERE value = 'user@test.ru';
INSERT INTO member.stoplist VALUES ('user@test.ru', 'email', 'owner', 0, '2026-02-01 00:00:00+00', '192.0.2.4'), ('user@test.ru', 'email', 'member', 7, '2026-02-02 00:00:00+00', NULL);
INSERT INTO member.delivery_error VALUES ('+79211234567', 'msisdn', true, '2026-02-03 00:00:00+00', 'Absent', 2, 123, 45, 122, 44);
UPDATE member.head SET lock = 4 WHERE value = '+79211234567';
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'msisdn', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'p1', '2026-02-04' FROM member.head WHERE addr_type = 'msisdn' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT * FROM member_check();
SELECT dataset FROM member.body \gset

-- Without datakey everything common; heads one by one.
SELECT jsonb_pretty(member_get(jsonb_build_object('email', :dataset, 'addr_type', 'dataset')));

-- The data in the same three shapes; member and -group belong to heads and are not there.
CREATE FUNCTION data(datakey jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT member_get(jsonb_build_object('email', (SELECT dataset FROM member.body), 'addr_type', 'dataset', 'datakey', datakey)) -> 'data' $$;
SELECT data('"*"'), data('"base.name"'), data('["base.name", "orders[0]", "nowhere"]'), data('"orders[*]"');
SELECT data('["member.email", "-group", "member", "base.name"]'), data('"member"'), data('"-group.p1"');

-- The number may be a text.
SELECT member_get(jsonb_build_object('email', :'dataset', 'addr_type', 'dataset')) = member_get(jsonb_build_object('email', :dataset, 'addr_type', 'dataset'));

-- Every head gives the same data, and its own system keys.
SELECT member_get('user@test.ru', 'base.name'), member_get('9211234567', 'base.name'), member_get('{"email": "card-1", "addr_type": "csid", "datakey": "base.name"}'::jsonb);
SELECT member_get('user@test.ru', 'member.haslock'), member_get('9211234567', 'member.haslock'), member_get('user@test.ru', '-group'), member_get('9211234567', '-group');
SELECT member_get('user@test.ru', 'member.dataset') = member_get('9211234567', 'member.dataset');

SELECT refusal('SELECT member_get(''{"email": 999999, "addr_type": "dataset"}''::jsonb)'), refusal('SELECT member_get(''{"email": "x", "addr_type": "dataset"}''::jsonb)'),
       refusal('SELECT member_get(''{"email": 0, "addr_type": "dataset"}''::jsonb)'), refusal('SELECT member_get(''{"email": 9223372036854775808, "addr_type": "dataset"}''::jsonb)');
-- All heads are in the answer anyway, and a number is nobody that was there once: what asks for more says so.
SELECT member_get(jsonb_build_object('email', :dataset, 'addr_type', 'dataset', 'with_heads', 1, 'with_stoplist', 2, 'missing_too', 1)) - 'head' - 'data' - 'dataset' - 'heads';
SELECT member_get(jsonb_build_object('email', :dataset, 'addr_type', 'dataset', 'with_heads', 0, 'with_stoplist', 0, 'missing_too', null)) ? 'warnings';
-- It is a form of reading alone.
SELECT refusal('SELECT member_set(''{"email": 1, "addr_type": "dataset"}'')'), refusal('SELECT member_delete(''{"email": 1, "addr_type": "dataset"}'')'), refusal('SELECT member_exists(''{"email": 1, "addr_type": "dataset"}'')');
