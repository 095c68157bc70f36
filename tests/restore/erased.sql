-- Two persons with unmistakable values in every place that can hold one.
\set QUIET on
CREATE TABLE mark (person text, value text);
INSERT INTO mark SELECT p, p || '-' || m
FROM unnest(ARRAY['ada', 'bob']) p,
     unnest(ARRAY['first@example.com', 'second@example.com', 'third-csid', 'name', 'city', 'moved-name', 'changed', 'click-data', 'click-custom',
                  'stop-source', 'error-text', 'resolved', 'answer', 'track', 'report', 'partial',
                  'run-input', 'run-template', 'run-step', 'log-line', 'kept-value', 'passage-data', 'body-bytes']) m
UNION ALL VALUES ('ada', '198.51.100.11'), ('bob', '198.51.100.12');

SELECT member_set(format('{"email": "%s-first@example.com", "source": "198.51.100.%s", "datakey": [["base.name", "set", "%s-name"], ["base.city", "set", "%s-city"]]}', p, host, p, p)::jsonb),
       member_set(format('%s-second@example.com', p), format('[["base.moved", "set", "%s-moved-name"]]', p)::jsonb),
       member_set(format('{"email": "%s-first@example.com", "head_attach": [{"head": "%s-third-csid", "head_addr_type": "csid"}]}', p, p)::jsonb),
       member_merge(format('{"email": "%s-first@example.com", "head": "%s-second@example.com", "head_rule": "transplant"}', p, p)::jsonb),
       member_set(format('%s-first@example.com', p), format('[["base.name", "set", "%s-changed"]]', p)::jsonb),
       member_set(format('%s-first@example.com', p), '[["base.name", "set", "short"]]'),
       event_emit(format('{"event_type": "click", "email": "%s-first@example.com", "event_data": {"link_url": "https://example.com/?m=%s-first%%40example.com&d=%s-click-data"}, "custom_data": {"a": "%s-click-custom"}}', p, p, p, p)::jsonb)
FROM (VALUES ('ada', 11), ('bob', 12)) v (p, host);
-- Other persons tell of them, and one got data and a head of each before they were taken away again.
SELECT member_set(format('of-%s@example.com', p), '[]'),
       event_emit(format('{"event_type": "reply", "email": "of-%s@example.com", "event_data": {"message": "from %s-first@example.com"}}', p, p)::jsonb),
       member_set(format('{"email": "%s-first@example.com", "datakey": [["temporary", "set", "%s-partial"]]}', p, p)::jsonb),
       member_merge(format('{"email": "of-%s@example.com", "head": "%s-first@example.com", "head_rule": "none"}', p, p)::jsonb),
       member_set(format('{"email": "of-%s@example.com", "datakey": [["temporary", "delete"], ["base", "delete"]]}', p)::jsonb)
FROM unnest(ARRAY['ada', 'bob']) p;
-- The events that said what was deleted there are of the other person: their time is over in the log.
DELETE FROM member.event WHERE event_type = 'member_change' AND dataset IN (SELECT dataset FROM member.head WHERE value ~ '^of-');

INSERT INTO member.stoplist SELECT p || '-first@example.com', 'email', 'member', 0, now(), p || '-stop-source' FROM unnest(ARRAY['ada', 'bob']) p;
UPDATE member.head SET lock = lock | 1 WHERE value ~ '-first@';
INSERT INTO member.delivery_error (value, addr_type, lock, at, message, errors) SELECT p || '-second@example.com', 'email', false, now(), p || '-error-text', 1 FROM unnest(ARRAY['ada', 'bob']) p;
INSERT INTO member.group_def (gid, name, kind, addr_type, create_time, update_time, number) VALUES ('pl1', 'List', 'list', 'email', now(), now(), 901);
WITH came AS (INSERT INTO member.group_member SELECT dataset, id, 'pl1', current_date FROM member.head WHERE value ~ '-first@' RETURNING gid, id) INSERT INTO member.group_count_change SELECT gid, id >> 12, 1 FROM came;
-- What is kept beside people, and what was asked of them.
SELECT group_index('base.name', true), group_create('{"id": "named", "type": "filter"}'), group_filter_set('{"id": "named", "filter": [{"a": "base.name", "op": "exists"}]}'),
       group_set('{"id": "named", "live": 1, "sync": 1}');
SELECT member_list_count(format('{"group.filter": [{"a": "member.email", "op": "==", "v": "%s-first@example.com"}], "cache": {"ttl": 600}}', p)::jsonb) FROM unnest(ARRAY['ada', 'bob']) p;
SELECT blocked_value_create(format('{"value": "%s-third-csid", "addr_type": "csid"}', p)::jsonb) FROM unnest(ARRAY['ada', 'bob']) p;
INSERT INTO member.event_order SELECT 1, min(id), max(id), array_agg(slot ORDER BY id), array_agg(dataset ORDER BY id), array_agg(id ORDER BY id)
FROM (SELECT * FROM member.event WHERE event_type = 'click') e;
INSERT INTO member.hook_batch VALUES (1, gen_random_uuid(), 1, 2, '{1,2}', '[{"n": "ada-resolved"}, {"n": "bob-resolved"}]', false, true, now());
INSERT INTO member.hook_attempt SELECT 1, now(), gen_random_uuid(), 1, 'status', 500, m || '-answer', 1, 1, n, n, 'closed' FROM (VALUES (1, 'ada'), (2, 'bob')) a (n, m);
INSERT INTO member.track SELECT n, 'hook.resend', -1, now(), now(), '3', 1, p || '-first@example.com', NULL, NULL, 0, 1, jsonb_build_object('name', p || '-track'), NULL, NULL, NULL, 0, false
FROM unnest(ARRAY['ada', 'bob']) WITH ORDINALITY AS t (p, n);
INSERT INTO member.report VALUES (1, 1, now(), 'member.list', '["base.name"]', 4);
INSERT INTO member.report_row SELECT 1, row_number() OVER (ORDER BY value), id, jsonb_build_array(left(value, 3) || '-report') FROM member.address WHERE value IN ('ada-first@example.com', 'bob-first@example.com');
INSERT INTO member.report_row SELECT 1, n + 2, NULL, jsonb_build_array('of ' || p || '-second@example.com', p || '-report') FROM unnest(ARRAY['ada', 'bob']) WITH ORDINALITY AS t (p, n);
INSERT INTO member.track_address SELECT 1, n, p || '-first@example.com' FROM unnest(ARRAY['ada', 'bob']) WITH ORDINALITY AS t (p, n);
-- A run to each, with what it wrote down, and one that somebody else asked for whose body names them; the way of each through a sequence.
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email", "fields": {"subscription": [{"type": "string", "shortname": "note"}]}}'),
       pipeline_set('mail', 'schedule', '[{"id": 1, "type": "log"}]'), sequence_set('{"name": "Basket", "events": ["click"], "channel": "mail", "delay": 86400}');
SELECT sequence_member_start('{"id": 1, "list": ["ada-first@example.com", "bob-first@example.com"]}');
INSERT INTO member.passage_data SELECT p.id, jsonb_build_object('k', left(a.value, 3) || '-passage-data') FROM member.passage p JOIN member.address a ON a.id = p.address_id;
UPDATE member.pipeline_run r SET input = jsonb_build_object('a', left(a.value, 3) || '-run-input'), objects = jsonb_build_object('template', left(a.value, 3) || '-run-template')
FROM member.address a WHERE a.id = r.address_id;
INSERT INTO member.run_outcome SELECT r.id, now(), 'done', NULL, NULL, 1, jsonb_build_array(left(a.value, 3) || '-run-step') FROM member.pipeline_run r JOIN member.address a ON a.id = r.address_id;
INSERT INTO member.pipe_log SELECT nextval('member.pipe_log_id'), now(), 10001, 'schedule', 1, r.id, 'info', '', left(a.value, 3) || '-log-line' FROM member.pipeline_run r JOIN member.address a ON a.id = r.address_id;
INSERT INTO member.pipe_store SELECT 10001, '', p || '-first@example.com', to_jsonb(p || '-kept-value'), 'infinity' FROM unnest(ARRAY['ada', 'bob']) p;
INSERT INTO member.pipeline_run SELECT nextval('member.pipeline_run_id'), 1, '7', now(), 10001, 'listener', NULL, NULL, NULL, 0, 0, NULL, 0, 0, 0,
       jsonb_build_object('body', jsonb_build_object('$bytes', encode(convert_to(p || '-first@example.com', 'UTF8'), 'base64')), 'note', p || '-body-bytes'), NULL, NULL
FROM unnest(ARRAY['ada', 'bob']) p;
