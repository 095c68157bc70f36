-- Launches: stopped with their track; refused by moderation and written anew.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
  "fields": {"subscription": [{"type": "string", "shortname": "note"}]}}') ? 'id';
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log"}]') -> 'problems';
SELECT group_create('{"id": "all", "type": "list", "name": "All"}') ->> 'id';
SELECT message_send('{"channel": "mail", "group": "all"}') ? 'track.id';
-- The launch ends with its track: nothing more of it is sent.
SELECT track_set('{"id": 1, "set": "stop"}') #> '{obj,status}';
SELECT n, state, reason FROM member.launch_state ORDER BY launch, n;
SELECT track_set('{"id": 1, "set": "stop"}') #> '{obj,status}', (SELECT count(*) FROM member.launch_state);

-- A place with moderation. Its answer is an event of the pipeline itself.
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "with_moderate": 1,
  "fields": {"resource": [{"type": "string", "shortname": "page"}], "template": [{"type": "string", "shortname": "text"}]}}') ? 'id';
SELECT pipeline_set('wall', 'message', '[{"id": 1, "type": "log"}]') -> 'problems',
       pipeline_set('wall', 'moderate', '[{"id": 1, "type": "event", "params": {"event_type": "moderate_error", "event": {"send_message_id": "$origin.send_message_id", "message": "too loud"}}}]') -> 'problems';
SELECT resource_set('{"name": "Shop", "fields": {"page": "shop"}}') ? 'id';
SELECT message_send('{"channel": "wall", "resource": 1, "template": {"text": "HELLO"}}') ->> 'state';
-- One that is being looked at, one to a group and one that is not there cannot be written anew.
SELECT refusal($$SELECT message_send('{"channel": "wall", "resource": 1, "template": {"text": "Hello"}, "issue.id": 2}')$$);
SELECT refusal($$SELECT message_send('{"channel": "mail", "group": "all", "issue.id": 1}')$$);
SELECT refusal($$SELECT message_send('{"channel": "wall", "resource": 1, "issue.id": 99}')$$);
SELECT pipeline_run_now('wall', 'moderate', jsonb_build_object('send_message_id', send_message_id), '{}') ->> 'state' FROM member.launch WHERE id = 2;
SELECT n, state, reason FROM member.launch_state WHERE launch = 2 ORDER BY n;
SELECT message_send('{"channel": "wall", "resource": 1, "template": {"text": "Hello"}, "issue.id": 2}') - 'send_message_id' - 'launch_id';
SELECT n, state, reason FROM member.launch_state WHERE launch = 2 ORDER BY n;
SELECT objects -> 'template' FROM member.launch WHERE id = 2;
SELECT count(DISTINCT send_message_id) FROM member.message WHERE launch = 2;

-- Without a Stop pipeline nobody has to take it down: it is stopped at once, and what moderation says then is late.
SELECT pipeline_stop('{"issue.id": 2}') #>> '{list,0,state}', pipeline_stop('{"issue.id": 2}') #>> '{list,0,state}';
SELECT pipeline_run_now('wall', 'moderate', jsonb_build_object('send_message_id', send_message_id), '{}') ->> 'state' FROM member.launch WHERE id = 2 ORDER BY at DESC LIMIT 1;
SELECT n, state, reason FROM member.launch_state WHERE launch = 2 AND n > 5 ORDER BY n;
SELECT count(*) FROM member.pipeline_run WHERE kind = 'stop';
SELECT level, message FROM pipe_log ORDER BY id;
