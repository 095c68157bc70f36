-- Something in every table, and every sequence moved from its start, for the dump to carry.
\set QUIET on
SET timezone = 'UTC';

-- What the calls write: people with data, free identifiers, origins, settings, events in every slot of the ring.
SELECT member_set('anna@example.com', '[["client_data.balance","set",1.10],["client_data.number","set",12345678901234567890]]');
SELECT member_set('+7 926 123-45-67', '[["base.firstName","set","Анна"]]');
SELECT member_set('{"email": 17, "addr_type": "vk"}');
SELECT event_emit('{"event_type": "sub_vk", "email": 17, "addr_type": "vk", "event_data": {"community": 5}}');
SELECT setval('member.event_slot', n % 32),
       member_set(format('person%s@example.com', n), format('[["client_data.n","set",%s],["client_data.tags","push","t%s"]]', n, n)::jsonb)
FROM generate_series(1, 50) AS n;
-- The last subscriber of all goes: nothing but the sequences remembers its dataset.
SELECT member_delete('{"list":["person7@example.com","person50@example.com"]}');
-- One person of several heads, and two that became one.
SELECT member_set('{"email": "anna@example.com", "head_attach": [{"head": "C-1", "head_addr_type": "csid"}]}');
SELECT member_merge('{"email": "anna@example.com", "head": "person9@example.com", "head_rule": "transplant"}');
SELECT group_create('{"type": "list", "name": "List"}'), group_create('{"id": "adults", "type": "filter", "name": "Adults"}');
SELECT member_set('anna@example.com', '[["-group.pl1","set",1]]');
INSERT INTO member.group_count SELECT gid, bucket, n FROM member.group_count_change;
INSERT INTO member.group_count_change SELECT gid, bucket, -n FROM member.group_count;
INSERT INTO member.live_member SELECT dataset, id, 'adults' FROM member.head WHERE value = 'anna@example.com';
INSERT INTO member.group_count SELECT gid, id >> 12, 1 FROM member.live_member;
SELECT blocked_value_create('{"value": "noreply@*"}');
SELECT origin_create('{"name":"Shop","label":"shop"}');
SELECT sys_settings_set('{"list":{"email.utf8":0}}');
-- A questionnaire of one's own, and changes of those that the extension brought.
SELECT anketa_create('{"name":"Shop"}'), anketa_quest_add('{"anketa.id":"a1","obj":[{"type":"nm","answers":{"x":"X"}},{"id":"size","type":"free"}]}');
SELECT anketa_set('{"id":"base","name":"About you"}'), anketa_quest_order('{"anketa.id":"base","order":["city"]}'),
       anketa_quest_set('{"anketa.id":"base","obj":{"id":"gender","name":"Sex","answers":{"0":"F","2":"Other"}}}');
SELECT format_set('{"obj":{"name":"Brief","type":"view","fields":[{"aid":"base","qid":"city"}]}}');
SELECT numbering_range_load(E'АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n926;0000000;9999999;10000000;ПАО "Оператор";г. Москва;г. Москва;7700000000\n');

-- One who was erased and must not be written to: the hash carries both.
SELECT member_set('erased@example.com', '[]');
INSERT INTO member.stoplist VALUES ('erased@example.com', 'email', 'member', 0, '2024-05-01 12:00', '192.0.2.1');
UPDATE member.head SET lock = lock | 1 WHERE value = 'erased@example.com';
SELECT member_erase('erased@example.com');

-- What no call of this version writes.
INSERT INTO member.count_cache VALUES ('\x00', '2024-05-01 12:00', '{}');
INSERT INTO member.delivery_error (value, addr_type, lock, at, message, errors)
VALUES ('gone@example.com', 'email', true, '2024-05-01 12:00', 'mailbox full', 3);
INSERT INTO member.stoplist_allowance VALUES ('2024-05', 3);
INSERT INTO member.stoplist VALUES ('gone@example.com', 'email', 'owner', 0, '2024-05-01 12:00', '192.0.2.1');
INSERT INTO member.attribute VALUES ('client_data.number', '2024-05-01 12:00', true);
INSERT INTO member.attr_value SELECT 'client_data.number', dataset, '12345678901234567890', 12345678901234567890, 's' FROM member.head WHERE value = 'anna@example.com';
INSERT INTO member.event_type VALUES ('shop.order', 'click', 'channel', 'an order', true, '{}', false);
SELECT event_emit('{"event_type":"shop.order","email":"anna@example.com"}');
SELECT campaign_set('{"name":"Spring"}'), resource_set('{"name":"Shop"}'), sender_set('{"name":"Shop"}'),
       template_set('{"name":"Hello"}'), pixel_set('{"name":"Basket"}');
SELECT hook_set('{"name":"crm","events":["click"],"transport":{"type":"http_batch","url":"https://crm.example.com/in"}}');
INSERT INTO member.event_order VALUES (1, 1, 1, '{0}', '{1}', '{1}');
INSERT INTO member.event_seen VALUES (nextval('member.event_seen_id'), '2024-05-01 12:00', '3:3:', 2, 1, 1, 1, '3');
SELECT nextval('member.event_seen_id');
INSERT INTO member.event_slot_use VALUES (0, '2024-05-01 12:00', 1, '2024-05-01 12:00', '3', 1);
INSERT INTO member.hook_batch VALUES (1, '00000000-0000-4000-8000-000000000001', 1, 1, '{1}', '[null]', false, true, '2024-05-01 12:00');
INSERT INTO member.hook_outcome VALUES (1, 1, '2024-05-01 12:00', 'dead', 1);
INSERT INTO member.hook_attempt VALUES (1, '2024-05-01 12:00', '00000000-0000-4000-8000-000000000001', 4, 'status', 500, '', 12.5, 1, 1, 1, 'open', '2024-05-01 12:00', '2024-05-01 12:01');
INSERT INTO member.track VALUES (1, 'hook.resend', 0, '2024-05-01 12:00', '2024-05-01 12:00', '3', 1, 'again', NULL, NULL, 0, 1, '{"id": 1, "from": 1, "to": 1}', NULL, NULL, NULL, 0, false);
SELECT nextval('member.track_id');
INSERT INTO member.report VALUES (nextval('member.report_id'), 1, '2024-05-01 12:00', 'member.list', '["member.email"]', 1);
INSERT INTO member.report_row VALUES (1, 1, 1, '["anna@example.com"]');
INSERT INTO member.track_address VALUES (1, 1, 'anna@example.com');
SELECT authext_create('{"login": "My app", "type": 16, "auth": {"fcm": {"key": "secret"}}}');
SELECT member_cookie('{"email": "anna@example.com"}');
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email", "account_fields": {"key": "secret"},
    "fields": {"subscription": [{"type": "string", "shortname": "name"}], "account": [{"type": "string", "shortname": "key"}]},
    "events": [{"string_id": "sent", "base": "send"}]}');
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log"}]');
SELECT entity_set('{"channel": "mail", "shortname": "list", "name": "List", "operations": {"get": {"pipes": [{"id": 1, "type": "result"}]}}}');
SELECT connector_set('{"name": "Other", "host": "db.example.com", "database": "d", "user": "u", "password": "secret"}');
SELECT subscription_set('{"channel": "mail", "email": "anna@example.com", "fields": {"name": "Anna"}}');
-- A letter, a launch with a message that hooks tell of, and what became of both.
INSERT INTO member.letter VALUES (nextval('member.dictionary_id'), 'Welcome', 10001, 3, 'Hello', 'text', '<p>', '{}', 'ready', '2024-05-01 12:00');
INSERT INTO member.launch VALUES (nextval('member.launch_id'), '2024-05-01 12:00', 10001, 'Spring', 'message', 1, 4, 0, 3, 2, false, NULL, NULL, '{"template": {"text": "x"}}', '{"k": 1}', NULL, 1);
INSERT INTO member.launch_state VALUES (1, 1, '2024-05-01 12:00', 'draft', NULL), (1, 2, '2024-05-01 12:01', 'sending', 'why');
INSERT INTO member.message SELECT dataset, '5a9bf01a1_1_4_1_0_' || nextval('member.message_number') || '.' || lpad(to_hex(id), 24, '0'), id, '2024-05-01 12:00', 10001, 1, 1, 4, 3, 2, false, '{}' FROM member.head WHERE value = 'anna@example.com';
INSERT INTO member.message_state SELECT dataset, send_message_id, at, 'queued', 'why' FROM member.message;
INSERT INTO member.message_content SELECT dataset, send_message_id, '{"text": "x"}', '2034-05-01 12:00' FROM member.message;
-- A run that has ended, one that waits, what they keep.
INSERT INTO member.pipeline_run VALUES (nextval('member.pipeline_run_id'), 1, '7', '2024-05-01 12:00', 10001, 'schedule', 1, '2034-05-01 12:00', NULL, 1, 0, NULL, 0, 0, 0, '{"n": 1}', '{"template": {}}', '\xab');
INSERT INTO member.run_claim VALUES ('2024-05-01 12:00', '{1}');
INSERT INTO member.run_outcome VALUES (1, '2024-05-01 12:00', 'failed', 7, 'timeout: 5 s', 1.5, '[]');
-- A sequence, whom it brought so far and what is kept for her.
SELECT pipeline_set('mail', 'schedule', '[{"id": 1, "type": "log"}]'), sequence_set('{"name": "Basket", "events": ["click"], "channel": "mail", "delay": 86400}');
INSERT INTO member.sequence_place VALUES (1, '2024-05-01 12:00');
INSERT INTO member.sequence_loss VALUES (2, 3, '2024-05-01 12:00');
INSERT INTO member.passage SELECT nextval('member.passage_id'), 1, dataset, id, '2024-05-01 12:00', 1 FROM member.head WHERE value = 'anna@example.com';
INSERT INTO member.passage_data VALUES (1, '{"step": 1.10}');
INSERT INTO member.passage_end VALUES (1, '2024-05-01 12:00', 'done');
INSERT INTO member.pipe_store VALUES (10001, 'some', 'key', '{"v": 1.10}', '2034-05-01 12:00');
INSERT INTO member.pipe_log VALUES (nextval('member.pipe_log_id'), '2024-05-01 12:00', 10001, 'message', 1, 1, 'info', 'Send|', 'a line');
-- The rows of an express import.
SELECT member_import_from($$SELECT 'anna@example.com' AS "member.email", 1.10 AS "shop.paid"$$, '{"express": 1, "auto_group": {"id": "express"}}');
-- An upload with a part.
INSERT INTO member.upload VALUES ('00000000-0000-4000-8000-000000000007', '2024-05-01 12:00', NULL, '{"separator": ";"}');
INSERT INTO member.upload_part VALUES ('00000000-0000-4000-8000-000000000007', nextval('member.upload_part_id'), 'anna@example.com;1');
INSERT INTO member.call VALUES ('pg_catalog.now()', 'read', false);
SELECT nextval('member.event_life');

-- The user's own table: an index and a column that need a function of ours, and the trigger. At a restore its rows come
-- in before the trigger, so that it must not fire for them.
CREATE TABLE customer (
    mail text,
    name text,
    normal text GENERATED ALWAYS AS (email_normalize(mail)) STORED
);
CREATE UNIQUE INDEX customer_by_mail ON customer (email_normalize(mail));
CREATE TRIGGER in_step AFTER INSERT OR UPDATE OR DELETE ON customer
    FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'data:base.name=name');
INSERT INTO customer VALUES ('Customer@Example.com', 'first');
