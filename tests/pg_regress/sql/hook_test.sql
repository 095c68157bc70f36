-- What a hook sends, shown without sending; the parts of hook_test, hook_preview, hook_resend and tracks that need no worker.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT hook_set('{"name": "crm", "events": ["click"], "transport": {"type": "http_batch", "url": "https://crm.example.com/in", "signing_secret": "s3cret", "headers": {"X-Api-Key": "k3y", "X-Shop": "7"}}, "custom_data": {"base": "{{database_name}}", "campaign": "{{campaign_name}}"}, "profile_fields": ["city"]}'),
       hook_set('{"name": "queue", "events": ["click"], "transport": {"type": "rabbitmq_queue", "host": "mq.example.com", "user": "u", "password": "p4ss", "queue": ""}}'),
       hook_set('{"name": "exchange", "events": ["click"], "transport": {"type": "rabbitmq_exchange", "host": "mq.example.com", "user": "u", "password": "p4ss", "exchange": "events", "exchange_type": "topic"}}'),
       hook_set('{"name": "log", "events": ["click"], "transport": {"type": "kafka", "brokers": ["k1.example.com:9092"], "topic": "{{event_type}}-{{db_id}}"}}'),
       hook_set('{"name": "token", "events": ["click"], "transport": {"type": "http_batch", "url": "https://crm.example.com/in", "auth": {"type": "oauth2", "token_url": "https://id.example.com/", "client_id": "c", "client_secret": "s3cret"}}}');

-- The address, the headers, the body; secrets are hidden.
SELECT r ->> 'method', r ->> 'url', (SELECT jsonb_object_agg(key, CASE WHEN key LIKE 'webhook-%' THEN length(value)::text ELSE value END) FROM jsonb_each_text(r -> 'headers')) FROM (SELECT hook_test(1, 'click', true) -> 'request') t (r);
SELECT (r ->> 'body')::jsonb -> 0 -> 'event_data', (r ->> 'body')::jsonb -> 0 -> 'custom_data' ->> 'campaign', (r ->> 'body')::jsonb -> 0 -> 'custom_data' -> 'city', (r ->> 'body')::jsonb -> 0 ->> '_md5', (r ->> 'body')::jsonb -> 0 ->> 'is_test' FROM (SELECT hook_test(1, 'click', true) -> 'request') t (r);
SELECT hook_test(5, 'click', true) #>> '{request,headers,authorization}';
SELECT m - 'body' - 'properties', (m -> 'properties') - 'timestamp', (m ->> 'body')::jsonb ->> 'event_type' FROM generate_series(2, 4) id, LATERAL jsonb_array_elements(hook_test(id, 'open', true) #> '{request,messages}') m ORDER BY id;
-- The keys of an envelope stand in the order of the table, those within in the order of their bytes.
SELECT (SELECT string_agg(key, ' ' ORDER BY n) FROM json_each(((r ->> 'body')::json) -> 0) WITH ORDINALITY AS k (key, value, n)), (SELECT string_agg(key, ' ' ORDER BY n) FROM json_each(((r ->> 'body')::json) -> 0 -> 'event_data') WITH ORDINALITY AS k (key, value, n)) FROM (SELECT hook_test(1, 'deliv', true) -> 'request') t (r);
-- Every type has a sample: all its keys, and a person unless it is about nobody.
SELECT count(*), count(*) FILTER (WHERE e ->> 'event_type' = t.code), count(*) FILTER (WHERE (e ? 'profile_id') = t.is_personal), count(*) FILTER (WHERE (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(e -> 'event_data') k) = (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(t.keys) k))
  FROM member.event_type t, LATERAL (SELECT (hook_test(1, t.code, true) #>> '{request,body}')::jsonb -> 0) AS s (e);

-- Refused.
SELECT refusal('SELECT hook_test(99, ''click'', true)'), refusal('SELECT hook_test(1, ''no_such'', true)'), refusal('SELECT hook_test(1)');
SELECT refusal('SELECT hook_preview(1, 1)'), refusal('SELECT hook_preview(99, 1)');
SELECT refusal(format('SELECT hook_resend(%L)', request)) FROM unnest(ARRAY['{}', '{"id": 99, "dead": 1}', '{"id": 1}', '{"id": 1, "dead": 1, "batch": "x"}', '{"id": 1, "batch": "x"}', '{"id": 1, "from": 1, "to": 1}', '{"id": 1, "from": 1}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
SELECT hook_resend('{"id": 1, "dead": 1}');

-- Of an event that has a position: shown, traced, sent again by a track.
SELECT member_set('anna@example.com', '[["city", "set", "Omsk"]]') -> 'newbie', event_emit('{"event_type": "click", "email": "anna@example.com", "event_data": {"link_url": "https://www.example.com/", "b": 1, "a": 2}}');
INSERT INTO member.event_order SELECT 1, min(id), max(id), array_agg(slot ORDER BY id), array_agg(dataset ORDER BY id), array_agg(id ORDER BY id) FROM member.event;
INSERT INTO member.event_seen VALUES (nextval('member.event_seen_id'), now(), '3:3:', 3, 1, 1, 1, NULL);
SELECT hook_preview(1, 1) -> 'taken', hook_preview(1, 2) -> 'taken', (hook_preview(1, 2) #>> '{request,body}')::json -> 0 -> 'event_data', (hook_preview(1, 2) #>> '{request,body}')::json -> 0 -> 'custom_data' ->> 'city';
SELECT event, event_type, pos, hook, batch, attempt, state FROM hook_trace('Anna@Example.com');
SELECT count(*) FROM hook_trace('nobody@example.com');
SELECT name, transport, active, state, place, lag_events, lag_seconds >= 0 AS lag, waiting_batches, dead_batches, success_rate, breaker FROM hook_status ORDER BY id;
SELECT line FROM regexp_split_to_table(member_metrics(), E'\n') line WHERE line LIKE 'pg_member_hook_lag_events%' OR line LIKE 'pg_member_events%';
SELECT hook_resend('{"id": 1, "from": 1, "to": 2, "track.info": "again"}');
SELECT (track_get('{"id": 1}') -> 'obj') - 'dt' - 'dt_status';
SELECT track_wait(1, '10ms') #> '{obj,status}';
SELECT jsonb_array_length(track_list('{"status": [0, 1], "order": "asc"}') -> 'list'), track_list('{"action.name": "no.such"}');
-- Which tracks, and in which order: the language of filters over their fields.
CREATE FUNCTION tracks(filter text, more text DEFAULT '') RETURNS text LANGUAGE sql AS $$ SELECT string_agg(t ->> 'id', ' ' ORDER BY n) FROM jsonb_array_elements(track_list(format('{"filter": %s %s}', filter, more)::jsonb) -> 'list') WITH ORDINALITY AS l(t, n) $$;
BEGIN;
INSERT INTO member.track SELECT 100 + n, action, status, at::timestamptz, now(), '3', 1, info, error, NULL, done, NULL, '{}', NULL, NULL, NULL, 0, false
  FROM (VALUES (1, 'member.import', -2, '2024-05-01 10:00Z', 'spring', 'error/import/csv', 7), (2, 'member.import', -1, '2024-05-02 22:00Z', NULL, NULL, 9), (3, 'member.delete', -6, '2024-05-03 10:00Z', 'it''s', NULL, 7)) t (n, action, status, at, info, error, done);
SELECT tracks('[{"a": "track.status", "op": "in", "v": [-6, -2]}]'), tracks('[{"a": "track.action", "op": "^=", "v": "member."}]', ', "order": ["track.id"]'), tracks('[{"a": "track.id", "op": ">", "v": 100}]', ', "order": ["-track.done", "track.dt"]');
SELECT tracks('[{"a": "track.dt:YD", "op": "==", "v": "2024-05-03"}]'), tracks('[{"a": "track.dt", "op": "<", "v": "current - 1 month"}]', ', "first": 1, "skip": 1'), tracks('[{"a": "track.error", "op": "is_null"}, {"a": "track.id", "op": ">", "v": 100}]');
SELECT tracks('[{"op": "or", "v": [{"a": "track.info", "op": "eq", "v": "it''s"}, {"a": "track.error", "op": "exists"}]}]', ', "status": -6'), tracks('[]', ', "action.name": "member.import", "order": "asc"');
ROLLBACK;
SELECT filter, refusal(format('SELECT tracks(%L)', filter)) FROM unnest(ARRAY['[{"a": "track.pid", "op": "==", "v": 1}]', '[{"a": "track.id[0]", "op": "==", "v": 1}]', '[{"op": "in_group", "v": "g"}]', '[{"a": "track.id", "op": "near", "v": 1}]', '[{"a": "track.info", "op": "has", "v": []}]', '1']) WITH ORDINALITY AS t (filter, n) ORDER BY n;
SELECT refusal('SELECT track_list(''{"order": ["track.pid"]}'')'), refusal('SELECT track_list(''{"order": [1]}'')');
SELECT member_api('{"action": "track.set", "id": 1, "set": "stop"}') #> '{obj,status}', member_api('{"action": "track.get", "id": "1"}') #> '{obj,info}', member_api('{"action": "track.list"}') -> 'last_page';
SELECT refusal('SELECT track_get(''{"id": 99}'')'), refusal('SELECT track_get(''{}'')'), refusal('SELECT track_set(''{"id": 1, "set": "go"}'')'), refusal('SELECT track_list(''{"first": 51}'')'), refusal('SELECT track_list(''{"order": "up"}'')'), refusal('SELECT track_list(''{"status": "x"}'')'), refusal('SELECT track_wait(99, ''1s'')');
BEGIN;
SELECT hook_resend('{"id": 1, "from": 1, "to": 1}');
SELECT refusal('SELECT track_wait(2, ''1s'')');
ROLLBACK;
SELECT refusal(format('SELECT hook_resend(%L)', jsonb_build_object('id', 1, 'from', 1, 'to', 1, 'track.info', repeat('x', 1025))));

-- Fields of the profile may be what the system knows of the head, and the envelope tells what the call said of the message.
SELECT hook_set('{"name": "who", "events": ["send"], "transport": {"type": "http_batch", "url": "https://crm.example.com/in"}, "profile_fields": {"email": "member.email", "lock": "member.haslock", "type": "member.addr_type", "none": "member.no_such", "city": "city"}}') -> 'id' AS who \gset
SELECT (hook_test(:who, 'send', true) #>> '{request,body}')::json #> '{0,custom_data}';
SELECT event_emit('{"event_type": "send", "email": "anna@example.com", "sends_trying_num": 2, "is_static": false, "subscription_hash_id": "0a4b91", "subscription": [{"channel": "email", "status": "subscribed"}]}') AS sent \gset
INSERT INTO member.event_order SELECT 3, id, id, ARRAY[slot], ARRAY[dataset], ARRAY[id] FROM member.event WHERE id = :sent;
SELECT jsonb_pretty(((hook_preview(:who, :sent) #>> '{request,body}')::jsonb -> 0) - '{event_date,profile_id,_md5,_xxh}'::text[]);
SELECT said, refusal(format('SELECT event_emit(%L)', '{"event_type": "send", "email": "anna@example.com"}'::jsonb || said)) FROM (VALUES ('{"sends_trying_num": -1}'::jsonb), ('{"is_static": 2}'), ('{"subscription_hash_id": 1}'), ('{"subscription": {}}')) AS t (said);
-- Of a head that is gone, the address that the event names is all that is said.
SELECT member_delete('{"email": "anna@example.com"}');
SELECT (hook_preview(:who, :sent) #>> '{request,body}')::jsonb -> 0 -> 'custom_data';
-- What was sent of somebody who is deleted can still be traced.
SELECT event, event_type, pos, hook, state FROM hook_trace('anna@example.com');
