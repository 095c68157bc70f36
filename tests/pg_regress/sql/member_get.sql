-- member_get: the data of a subscriber, and what the system knows of the identifier it is read by.
\set ECHO none
\i helper.sql
\set ECHO all

-- One subscriber with known numbers and times. Times are written in UTC here and shown in pg_member.time_zone.
SELECT member_set('{"email": "user@test.ru", "source": "192.0.2.1", "datakey": [["base", "set", {"name": "Первый", "gender": {"1": null}}], ["orders", "set", [{"no": 17, "sum": 9.50}, {"no": 18}]], ["v1\\.0", "set", true], ["nothing", "set", null]]}') ->> 'newbie';
UPDATE member.body SET create_time = '2026-01-02 00:04:05+00', update_time = '2026-06-30 21:00:00.999+00', import_time = '2026-03-01 10:00:00+00', update_host = '192.0.2.2';
UPDATE member.head SET origin = 2, confirm_time = '2026-01-03 00:00:00+00', confirm_host = '192.0.2.3', last_tz = 330, lock = 1;
INSERT INTO member.stoplist VALUES ('user@test.ru', 'email', 'owner', 0, '2026-02-01 00:00:00+00', '192.0.2.4'), ('user@test.ru', 'email', 'member', 7, '2026-02-02 00:00:00+00', NULL);
INSERT INTO member.delivery_error VALUES ('user@test.ru', 'email', false, '2026-02-03 00:00:00+00', 'Mailbox full', 2, 123, 45, NULL, NULL);
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('p1', 'One', 'list', 'email', now(), now(), 901), ('p2', 'Two', 'list', 'email', now(), now(), 902);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'p1', '2026-02-04' FROM member.head RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
SELECT * FROM member_check();

-- One key: its value.
SELECT member_get('{"email": "user@test.ru", "datakey": "base.name"}'::jsonb);
SELECT member_get('{"email": "user@test.ru", "datakey": "base.gender"}'::jsonb), member_get('{"email": "user@test.ru", "datakey": "orders[1].no"}'::jsonb);
SELECT member_get('{"email": "user@test.ru", "datakey": "nowhere"}'::jsonb), member_get('{"email": "user@test.ru", "datakey": "nothing"}'::jsonb);
-- A list of keys: an object keyed by the keys as sent.
SELECT member_get('{"email": "user@test.ru", "datakey": ["base.name", "orders[-1].no", "v1\\.0", "nowhere", "member.email", "-group"]}'::jsonb);
SELECT member_get('{"email": "user@test.ru", "datakey": ["base.name"]}'::jsonb), member_get('{"email": "user@test.ru", "datakey": []}'::jsonb);
-- "*": everything, with member and -group.
SELECT jsonb_pretty(member_get('{"email": "user@test.ru", "datakey": "*"}'::jsonb));

-- Wildcards.
SELECT member_get('{"email": "user@test.ru", "datakey": ["orders[*].no", "orders[*].sum", "base.*", "nowhere[*]", "member.confirm.*"]}'::jsonb);

-- The short form: the value alone; without a path everything.
SELECT member_get('user@test.ru', 'base.name'), member_get('user@test.ru', 'nowhere'), member_get('user@test.ru', 'orders[*].no');
SELECT member_get('user@test.ru') = member_get('{"email": "user@test.ru", "datakey": "*"}'::jsonb) -> 'datakey', member_get('user@test.ru', '*') = member_get('user@test.ru');

-- The keys of the system.
SELECT member_get('user@test.ru', 'member.' || key) FROM unnest(ARRAY['addr_type', 'email', 'domain', 'origin', 'last.tz', 'haslock', 'lockremove', 'confirm.lock',
    'confirm.host', 'error.lock', 'error.str', 'error.error', 'error.issue', 'error.lock_issue', 'create.host', 'update.host', 'nowhere']) AS key;
SELECT member_get('user@test.ru', '-group.p1'), member_get('user@test.ru', '-group.p2'), member_get('user@test.ru', '-group');

-- Times are shown in pg_member.time_zone; the session's zone has no effect.
SELECT member_get('user@test.ru', 'member.create.time'), member_get('user@test.ru', 'member.update.time'), member_get('user@test.ru', 'member.import.time'), member_get('user@test.ru', 'member.confirm.time');
SET TimeZone = 'America/New_York';
SELECT member_get('user@test.ru', 'member.create.time');
SET pg_member.time_zone = 'Asia/Kamchatka';
SELECT member_get('user@test.ru', 'member.create.time'), member_get('user@test.ru', 'member.error.date');
SET pg_member.time_zone = 'UTC';
SELECT member_get('user@test.ru', 'member.create.time'), member_get('user@test.ru', '-group.p1');
RESET pg_member.time_zone;
RESET TimeZone;

-- Read by id; by another form of the address.
SELECT member_get(jsonb_build_object('email', id, 'addr_type', 'id', 'datakey', 'base.name')), member_get(jsonb_build_object('email', id::text, 'addr_type', 'id', 'datakey', 'base.name')) FROM member.address;
SELECT member_get('  USER@Test.RU', 'base.name');

-- What each type of identifier has of its own.
SELECT member_set(jsonb_build_object('email', repeat('t', 64) || '@hms.huawei.42', 'addr_type', 'pushapp')) ->> 'newbie';
SELECT member_get(jsonb_build_object('email', repeat('t', 64) || '@hms.huawei.42', 'addr_type', 'pushapp', 'datakey', '["member.mobile_os", "member.mobile_app", "member.domain", "member.origin", "member.last.tz"]'::jsonb));
SELECT member_set('{"email": "card", "addr_type": "csid"}') ->> 'newbie';
SELECT member_get('{"email": "card", "addr_type": "csid", "datakey": ["member.mobile_os", "member.mobile_app", "member.domain", "member.confirm"]}'::jsonb);

-- Nobody, or nothing that could be somebody.
SELECT refusal('SELECT member_get(''nobody@test.ru'')'), refusal('SELECT member_get(''nobody@test.ru'', ''a'')'), refusal('SELECT member_get(''nobody'', ''a'')'),
       refusal('SELECT member_get(''{"email": 99, "addr_type": "id", "datakey": "*"}''::jsonb)');
-- Keys that are none.
SELECT refusal(format('SELECT member_get(''user@test.ru'', %L)', key)) FROM unnest(ARRAY['', 'a..b', '[0]']) AS key;
SELECT refusal(format('SELECT member_get(''{"email": "user@test.ru", "datakey": %s}''::jsonb)', key)) FROM unnest(ARRAY['5', '{}', '[5]', '[["a"]]', '""', '[""]', 'true']) WITH ORDINALITY AS t(key, n) ORDER BY n;
SELECT member_get(NULL::jsonb), member_get(NULL, 'a'), member_get('user@test.ru', NULL);

-- A request as a plain literal would be an address: said, not guessed.
SELECT member_get('{"email": "user@test.ru", "datakey": "*"}');
SELECT refusal('SELECT member_get('' {"email": "user@test.ru"}'')'), refusal('SELECT member_set(''{"email": "user@test.ru"}'', ''[]'')');
