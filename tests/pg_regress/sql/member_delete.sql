-- member_delete: one identifier, or the whole subscriber.
\set ECHO none
\i helper.sql
\set ECHO all

CREATE VIEW heads AS SELECT value, dataset IS NOT NULL AS belongs FROM member.address ORDER BY value;
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS $$
    SELECT member_set('a@test.ru', '[["x", "set", 1]]'), member_set('b@test.ru', '[]'), member_set('{"email": "card-1", "addr_type": "csid"}');
    SELECT join_heads('a@test.ru', 'b@test.ru', 'card-1') $$;

-- The last identifier takes the body with it. Keyed by the string as sent.
SELECT member_set('only@test.ru', '[["x", "set", 1]]') ->> 'newbie';
SELECT member_delete('{"email": " ONLY@test.ru"}');
SELECT count(*) FROM member.body;
SELECT count(*) FROM member.head;
SELECT * FROM heads;
-- Again: it is not there any more.
SELECT member_delete('{"email": "only@test.ru"}'), member_delete('{"email": "never@test.ru"}');
SELECT count(*) FROM member.address WHERE value = 'never@test.ru';

-- Several heads, wipe 0 (the default): only the one; the body and the others stay.
SELECT fill();
SELECT member_delete('{"email": "b@test.ru"}');
SELECT * FROM heads;
SELECT member_get('a@test.ru', 'x'), version FROM member.body;
SELECT member_delete('{"email": "card-1", "addr_type": "csid", "wipe": 0}');
SELECT member_get('a@test.ru', 'x'), version FROM member.body;
SELECT * FROM member_check();
-- The head that gave the name may go too.
SELECT fill();
SELECT * FROM member_check();
SELECT member_delete('{"email": "a@test.ru"}');
SELECT member_get('b@test.ru', 'x');
SELECT member_delete('{"email": "b@test.ru", "wipe": "1"}');
SELECT count(*) FROM member.body;

-- wipe 1: the whole subscriber, whichever head is named.
SELECT fill();
SELECT member_delete('{"email": "card-1", "addr_type": "csid", "wipe": 1}');
SELECT count(*) FROM member.body;
SELECT count(*) FROM member.head;
SELECT * FROM heads;

-- A list: 1 done, 0 invalid or not there. Several heads of one body.
SELECT fill();
SELECT member_set('c@test.ru', '[]') ->> 'newbie';
SELECT member_delete('{"list": ["a@test.ru", "b@test.ru", "c@test.ru", "nobody@test.ru", "nobody"]}');
SELECT * FROM heads;
SELECT member_delete('{"list": ["card-1", "x"], "addr_type": "csid", "sync": 1}');
SELECT member_delete('{"list": []}');
SELECT fill();
SELECT member_delete('{"list": ["a@test.ru", "b@test.ru"], "wipe": 1}');
SELECT count(*) FROM member.body;
-- The same one twice.
SELECT member_set('c@test.ru', '[]') ->> 'newbie';
SELECT member_delete('{"list": ["c@test.ru", "c@test.ru"]}'), member_delete('{"list": ["c@test.ru"]}');

-- By id.
SELECT member_set('c@test.ru', '[]') -> 'member' ->> 'id' AS id \gset
SELECT member_delete(jsonb_build_object('email', :id, 'addr_type', 'id')) = jsonb_build_object('list', jsonb_build_object(:'id', 1));
SELECT member_delete('{"email": "x", "addr_type": "id"}');

-- Lists are left; the stop-list, delivery errors and the number stay.
SELECT member_set('s@test.ru', '[]') -> 'member' ->> 'id' AS id \gset
INSERT INTO member.stoplist VALUES ('s@test.ru', 'email', 'owner', 0, now(), NULL);
INSERT INTO member.delivery_error VALUES ('s@test.ru', 'email', true, now(), 'Host not found', 1, NULL, NULL, NULL, NULL);
UPDATE member.head SET lock = 5;
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'email', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'p1', '2026-02-04' FROM member.head RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT * FROM member_check();
SELECT member_delete('{"email": "s@test.ru"}');
SELECT (SELECT count(*) FROM member.group_member), (SELECT count(*) FROM member.stoplist), (SELECT count(*) FROM member.delivery_error);
-- Made again it is locked as before, and in no list.
SELECT member_set('s@test.ru', '[]') -> 'member' -> 'id' = to_jsonb(:id);
SELECT member_get('s@test.ru', 'member.haslock'), member_get('s@test.ru', '-group'), member_get('s@test.ru', 'member.error.lock'), member_get('s@test.ru', 'member.lockremove');

SELECT refusal('SELECT member_delete(''{}'')'), refusal('SELECT member_delete(''{"email": "a@test.ru", "list": ["a@test.ru"]}'')'), refusal('SELECT member_delete(''{"email": "a@test.ru", "wipe": 2}'')'),
       refusal('SELECT member_delete(''{"list": "a@test.ru"}'')'), refusal('SELECT member_delete(''{"email": "a@test.ru", "addr_type": "mail"}'')');
SELECT * FROM member_check();
