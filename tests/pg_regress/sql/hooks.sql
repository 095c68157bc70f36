-- Action hooks and the dictionaries they name, as far as no worker is needed.
\set ECHO none
\i helper.sql
\set ECHO all
-- Made, shown without secrets, changed: what is not given stays.
SELECT hook_set('{"name": "crm", "events": ["click", "member_new"], "transport": {"type": "http_batch", "url": "https://crm.example.com/in", "signing_secret": "s3cret", "headers": {"X-Api-Key": "k3y", "X-Shop": "7"}}}');
SELECT jsonb_pretty(hook_get(1));
SELECT hook_set('{"id": 1, "name": "CRM", "transport": {"max_batch": 10, "signing_secret": "***"}}');
SELECT hook_get(1) ->> 'name', hook_get(1) #> '{transport,max_batch}', hook_get(1) #> '{transport,url}', settings #> '{transport,signing_secret}' AS kept FROM member.hook;
SELECT hook_set('{"name": "bus", "events": ["click"], "active": 0, "transport": {"type": "rabbitmq_exchange", "host": "mq.example.com", "user": "u", "password": "p4ss", "exchange": "events", "exchange_type": "topic"}}');
SELECT hook_set('{"name": "log", "events": ["click"], "transport": {"type": "kafka", "brokers": ["k1.example.com:9092"], "topic": "{{event_type}}", "sasl": {"mechanism": "plain", "username": "u", "password": "p4ss"}, "security": "sasl_ssl"}}');
SELECT hook ->> 'id' AS id, hook ->> 'active' AS active, hook ->> 'reason' AS reason, hook #>> '{transport,type}' AS type, hook #>> '{transport,password}' AS password, hook #>> '{transport,sasl,password}' AS sasl
  FROM jsonb_array_elements(hook_list() -> 'list') AS hook;

-- Paused, resumed, cloned, deleted.
SELECT hook_pause(1), hook_get(1) ->> 'reason';
SELECT hook_resume(1), hook_get(1) ->> 'active';
SELECT hook_clone(1);
SELECT hook_get(4) ->> 'name', hook_get(4) ->> 'active', hook_get(4) ->> 'reason';
SELECT hook_delete(4), refusal('SELECT hook_get(4)');
SELECT refusal(format('SELECT %s(99)', call)) FROM unnest(ARRAY['hook_get', 'hook_pause', 'hook_resume', 'hook_clone', 'hook_delete']) AS call;

-- An edit leaves a hook as it stands: what was stopped stays so, what was started too, until somebody says otherwise.
CREATE FUNCTION standing(id bigint) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', h ->> 'name', h ->> 'active', h ->> 'reason') FROM hook_get(id) AS h $$;
SELECT hook_pause(1);
SELECT hook_set('{"id": 1, "name": "paused"}'), standing(1);
SELECT hook_resume(1);
SELECT hook_set('{"id": 1, "name": "resumed"}'), standing(1);
SELECT hook_clone(1);
SELECT hook_set('{"id": 5, "name": "copy", "transport": {"url": "https://other.example.com/in"}}'), standing(5);
SELECT standing(2), hook_resume(2);
SELECT hook_set('{"id": 2, "name": "made inactive"}'), standing(2);
UPDATE member.hook SET active = false, reason = 'gone' WHERE id = 1;
SELECT hook_set('{"id": 1, "name": "stopped"}'), standing(1);
SELECT hook_set('{"id": 1, "active": 0}'), standing(1);
SELECT hook_set('{"id": 1, "active": null}'), standing(1);
SELECT hook_set('{"id": 1, "active": false}'), standing(1);
SELECT hook_set('{"id": 1, "active": true}'), standing(1);
-- In a copy of the database it never was told to send.
UPDATE member.hook SET system_id = system_id + 1 WHERE id = 1;
SELECT standing(1), hook_set('{"id": 1, "name": "elsewhere"}');
SELECT standing(1), active, reason FROM member.hook WHERE id = 1;
SELECT hook_resume(1);
SELECT standing(1), hook_delete(5);

-- Refused.
SELECT refusal(format('SELECT hook_set(%L)', '{"name": "x", "events": ["click"], "transport": {"type": "http_batch", "url": "https://crm.example.com/"}}'::jsonb || change::jsonb))
  FROM unnest(ARRAY['{"id": 99}', '{"id": "x"}', '{"name": null}', '{"events": []}', '{"events": ["no_such"]}', '{"transport": {"type": "ftp"}}', '{"transport": {"type": "http_batch", "url": "ftp://x/"}}',
       '{"filters": {"segments": [1]}}', '{"custom_data": {"s": "{{segment_name}}"}}', '{"retry": {"times": 0}}', '{"transport": {"type": "http_batch", "url": "https://x.example.com/", "success_regex": "("}}']) WITH ORDINALITY AS t (change, n) ORDER BY n;
SELECT hook_set('{"name": "x", "events": ["click"], "colour": "red", "transport": {"type": "http_batch", "url": "https://crm.example.com/"}}') -> 'warnings';

-- The dictionaries behind filters and parameters.
SELECT campaign_set('{"name": "Spring", "subid": "sp", "fields": {"budget": 1.50}}'), template_set('{"name": "Hello", "subject": "Good day"}'), resource_set('{"name": "Shop"}'), sender_set('{"name": "Post"}'), pixel_set('{"name": "Basket"}');
SELECT campaign_get('{"id": 1}'), template_get('{"id": 2}');
SELECT campaign_set('{"id": 1, "name": "Summer"}'), campaign_list('{}');
SELECT resource_list('{}'), sender_list('{}'), pixel_list('{}'), resource_get('{"id": 3}') = '{}', sender_get('{"id": 4}') = '{}', pixel_get('{"id": 5}') = '{}';
SELECT refusal('SELECT campaign_set(''{"subid": "x"}'')'), refusal('SELECT campaign_set(''{"id": 77, "name": "x"}'')'), refusal('SELECT campaign_get(''{"id": "x"}'')'), refusal('SELECT campaign_get(''{}'')');
SELECT campaign_delete('{"id": 1}'), template_delete('{"id": 2}'), resource_delete('{"id": 3}'), sender_delete('{"id": 4}'), pixel_delete('{"id": 5}');
SELECT refusal('SELECT campaign_delete(''{"id": 1}'')');

-- Without shared_preload_libraries nothing runs, and waiting says so at once.
SELECT count(*) FROM member_workers();
SELECT refusal('SELECT member_wait_idle(''1s'')');
SELECT * FROM member_check();
