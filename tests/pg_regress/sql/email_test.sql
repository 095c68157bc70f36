-- email_test where no worker runs: syntax, failed deliveries, groups, tracks. Mail servers are asked in tests/sinks and tests/workers.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT member_set('missing@citycat.ru', '[]') ->> 'newbie', member_set('79261234567', '[]') ->> 'newbie';
SELECT event_emit('{"event_type": "hbounce", "email": "missing@citycat.ru", "event_date": "2024-05-02T00:00:00Z", "event_data": {"message": "host said: 550"}}') > 0;
-- Answers are keyed by what was sent; what was not asked for is not there.
SELECT jsonb_pretty(email_test('{"list": [" missing@CityCat.ru", "PRO@subscribe.ru ", "123@test@test.ru ", "79261234567"]}'));
SELECT jsonb_pretty(email_test('{"list": [" missing@CityCat.ru", "PRO@subscribe.ru ", "123@test@test.ru "], "delivery.error": 1}') -> 'list');
SELECT email_test('{"email": "пример@пример.рф"}');
SELECT email_test('{"list": ["a@b.ru", "a@b.ru", "A@b.ru"]}');
SELECT email_test('{"list": []}');
-- The call answers for each, however many they are.
SELECT t -> 'count', (SELECT count(*) FROM jsonb_object_keys(t -> 'list'))
  FROM email_test(jsonb_build_object('list', (SELECT jsonb_agg(format('p%s@example.com', n)) FROM generate_series(1, 10001) n))) t;
SELECT email_test('{"email": 1, "addr_type": "id"}'), email_test('{"email": 99, "addr_type": "id"}');
SELECT email_test('{"email": "missing@citycat.ru", "addr_type": "msisdn"}');
SELECT member_api('{"action": "email.test", "email": "a@b.ru"}') -> 'count';

-- A group, in the call.
SELECT group_create('{"id": "all", "type": "list", "name": "All"}');
SELECT group_snapshot('{"to": {"id": "all"}, "from": {"list": ["missing@citycat.ru"]}}') -> 'list';
SELECT email_test('{"group": "all", "delivery.error": 1, "sync": 1}');
-- The group for those that mail does not reach is there from the beginning; without a worker nobody comes to it.
SELECT email_test('{"email": "a@b.ru", "auto_group": {"id": "bad", "name": "Bad"}}');
SELECT group_get('{"id": "bad"}') #> '{obj,name}', group_get('{"id": "bad"}') #> '{obj,count}';
SELECT email_test('{"email": "a@b.ru", "auto_group": {}}') ->> 'group.id' ~ '^import\d{14}$';
SELECT group_snapshot('{"to": {"id": "bad"}, "from": {"list": ["missing@citycat.ru"]}}') -> 'list';
SELECT email_test('{"email": "a@b.ru", "auto_group": {"id": "bad"}, "clean_group": 1}') ->> 'group.id';
SELECT group_get('{"id": "bad"}') #> '{obj,count}';

-- A filter, a query, a question to the statistics.
SELECT email_test('{"group.filter": [{"a": "member.email", "op": "$=", "v": "citycat.ru"}], "sync": 1}') -> 'list';
SELECT email_test('{"sql": "SELECT ''x@y@z''", "sync": 1}') -> 'list', email_test('{"stat.uni": {"filter": [{"a": "error.dt", "op": "exists"}]}, "sync": 1}') -> 'list';
-- Later: a track.
SELECT email_test('{"group": "all", "track.info": "spring"}') ? 'track.id', email_test('{"list": ["a@b.ru"], "sync": 0}') ? 'track.id', email_test('{"list": ["a@b.ru"], "result": "save"}') ? 'track.id';
SELECT action, status, info, total FROM member.track ORDER BY id;

-- Mail servers are asked by a worker.
SELECT refusal('SELECT email_test(''{"email": "a@b.ru", "smtp.test": "lite"}'')');
SELECT refusal('SELECT email_test(''{"list": ["a@b.ru"], "smtp.test": "full", "sync": 1}'')');
-- Where nobody has a mail server there is nobody to ask.
SELECT email_test('{"list": ["79261234567", "a@"], "smtp.test": "full"}') -> 'count';

-- Refusals.
SELECT request, refusal(format('SELECT email_test(%L)', request)) FROM unnest(ARRAY['{}', '{"email": "a@b.ru", "list": []}', '{"email": "a@b.ru", "group": "all"}', '{"group": "none"}', '{"email": "a@b.ru", "smtp.test": "rcpt"}', '{"email": "a@b.ru", "smtp.timeout": 0}', '{"email": "a@b.ru", "delivery.error": 2}', '{"email": "a@b.ru", "clean_group": 1}', '{"email": "a@b.ru", "auto_group": 1}', '{"email": "a@b.ru", "auto_group": {"id": " x"}}', '{"email": "a@b.ru", "result": "fax"}', '{"email": "a@b.ru", "result": {"type": "append", "id": 99}}', '{"email": "a@b.ru", "addr_type": "fax"}', '{"url": "ftp://example.com"}', '{"group.filter": [1]}', '{"stat.uni": {"filter": []}, "sql": "SELECT 1"}', '{"stat.uni": {"select": ["click.dt"]}, "sync": 1}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
SELECT group_create('{"id": "phones", "type": "list", "name": "Phones", "addr_type": "msisdn"}');
SELECT refusal('SELECT email_test(''{"email": "a@b.ru", "auto_group": {"id": "phones"}}'')');
SELECT email_test('{"email": "a@b.ru", "colour": 1}') -> 'warnings';
-- Settings of the probe that could say another command are refused.
ALTER SYSTEM SET pg_member.dns_servers = 'localhost';
ALTER SYSTEM SET pg_member.smtp_helo = 'a b';
ALTER SYSTEM SET pg_member.smtp_from = 'nobody';
ALTER SYSTEM SET pg_member.smtp_rate = -1;
SELECT * FROM member_check();
