-- Messages to heads, groups and places; launches and their states.
\set ECHO none
\i helper.sql
\set ECHO all
\set QUIET on
\set VERBOSITY terse
SELECT channel_set('{"name": "Mail", "string_id": "mail", "kind": "direct", "addr_type": "email",
  "fields": {"subscription": [{"type": "string", "shortname": "note"}],
             "template": [{"type": "string", "shortname": "text", "required": true}, {"type": "int", "shortname": "size", "default": 3}]},
  "events": [{"name": "Sent", "string_id": "sent", "base": "send"}]}') ? 'id';
SELECT member_set('anna@example.com', '[]') -> 'newbie', member_set('ivan@example.com', '[]') -> 'newbie';
SELECT template_set('{"name": "News", "fields": {"text": "news", "size": 5}}');

-- One needs a channel that is enabled and has a pipeline.
SELECT message_send('{"email": "anna@example.com", "template": 1}');
SELECT message_send('{"channel": "fax", "email": "anna@example.com", "template": 1}');
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": 1}');
SELECT pipeline_set('mail', 'message', '[{"id": 1, "type": "log", "params": {"message": "$template.text"}}]') -> 'problems';

-- By number, in place, overridden; checked against the fields of the channel.
SELECT regexp_replace(message_send('{"channel": "mail", "email": "anna@example.com", "template": 1}') ->> 'send_message_id', '^[0-9a-f]{8}', 'T');
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": {"text": "hi"}, "custom_data": {"k": 1}}') ? 'send_message_id';
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": 1, "fields": {"size": 7}, "is_test": 1, "start_time": "2030-01-01T00:00:00Z"}') ? 'send_message_id';
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": {"text": "hi", "size": "big"}}');
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": {}}');
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "template": 99}');
SELECT message_send('{"channel": "mail", "email": "nobody@example.com", "template": 1}');
SELECT message_send('{"channel": "mail", "template": 1}');
SELECT id, kind, run_at, launch, address_id, dataset, objects -> 'template', objects -> 'camp_schedule', input #- '{send_message_id}' #- '{launch_id}'
  FROM member.pipeline_run ORDER BY id;
SELECT address_id, template, is_test, custom_data FROM member.message ORDER BY send_message_id;

-- Who is locked gets none, and is told of.
SELECT event_emit('{"event_type": "unsub", "email": "ivan@example.com"}') > 0;
SELECT message_send('{"channel": "mail", "email": "ivan@example.com", "template": 1}') - 'send_message_id';
SELECT event_type, address_id, body #> '{event_data,reason}', body #> '{event_data,send_message_id}' IS NOT NULL FROM member.event WHERE event_type = 'suppress';
SELECT state, reason, count(*) FROM member.message_state GROUP BY 1, 2 ORDER BY 1;

-- A client's own id reaches the person's address; a substitute needs the memory of a running server.
SELECT member_set('{"email": "anna@example.com", "head_attach": [{"head": "C-1", "head_addr_type": "csid"}]}') -> 'newbie';
SELECT message_send('{"channel": "mail", "email": "C-1", "addr_type": "csid", "template": 1}') ? 'send_message_id';
SELECT address_id FROM member.pipeline_run ORDER BY id DESC LIMIT 1;
SELECT message_send('{"channel": "mail", "email": "anna@example.com", "to": "x@example.com", "template": 1}');
SELECT message_send('{"channel": "mail", "email": "C-1", "addr_type": "csid", "to": "+79261234567", "to_addr_type": "msisdn", "template": 1}');
SELECT message_send('{"channel": "mail", "email": "C-1", "addr_type": "csid", "to": "real@example.org", "template": 1}') ? 'send_message_id';
SELECT member_set('{"email": "C-2", "addr_type": "csid"}') -> 'newbie';
SELECT message_send('{"channel": "mail", "email": "C-2", "addr_type": "csid", "template": 1}');

-- A group is a launch: a track makes its messages.
SELECT group_create('{"id": "pl1", "type": "list", "addr_type": "email", "name": "List"}');
SELECT message_send('{"channel": "mail", "group": "nowhere", "template": 1}');
SELECT message_send('{"channel": "mail", "group": "pl1", "template": 1, "campaign": 55}');
SELECT message_send('{"channel": "mail", "group": "pl1", "template": 1, "track.info": "spring"}') - 'launch_id';
SELECT message_send('{"channel": "mail", "group.filter": [], "addr_type": "msisdn", "template": 1}');
SELECT n, state FROM member.launch_state ORDER BY launch, n;
SELECT action, info, request FROM member.track;
SELECT pipeline_stop(jsonb_build_object('issue.id', max(id))) #>> '{list,0,state}' FROM member.launch;
SELECT pipeline_stop(jsonb_build_object('issue.id', max(id))) #>> '{list,0,state}' FROM member.launch;
SELECT n, state FROM member.launch_state ORDER BY launch, n;
SELECT level, prefix || message FROM member.pipe_log;
SELECT pipeline_stop('{"issue.id": 99}');
SELECT pipeline_stop('{}');

-- A place: the resource of an indirect channel, looked at first.
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "with_moderate": 1,
  "fields": {"resource": [{"type": "string", "shortname": "page", "required": true}]},
  "events": [{"name": "Placed", "string_id": "placed", "base": "send"}]}') ? 'id';
SELECT pipeline_set('wall', 'message', '[{"id": 1, "type": "log", "params": {"message": "$resource.page"}}]') -> 'problems';
SELECT resource_set('{"name": "Page", "fields": {"page": "p1"}}');
SELECT message_send('{"channel": "wall", "template": {"text": "hi"}}');
SELECT message_send('{"channel": "wall", "email": "anna@example.com", "resource": 2}');
SELECT message_send('{"channel": "wall", "resource": 2, "template": {"text": "hi"}}');
SELECT pipeline_set('wall', 'moderate', '[{"id": 1, "type": "log", "params": {"message": "$resource.page"}}]') -> 'problems';
SELECT message_send('{"channel": "wall", "resource": 2, "template": {"text": "hi"}}') - 'launch_id' - 'send_message_id';
SELECT kind, launch, address_id, input -> 'moderate' FROM member.pipeline_run ORDER BY id DESC LIMIT 1;
SELECT objects - 'camp_schedule' FROM member.launch ORDER BY id DESC LIMIT 1;

-- A pipeline is started by hand.
SELECT pipeline_start('wall', 'message', '{"a": 1}') > 0;
SELECT pipeline_start('wall', 'stop', '{}');
SELECT pipeline_start('wall', 'entity', '{}');
SELECT channel_set('{"id": "wall", "enabled": 0}') ? 'id';
SELECT pipeline_start('wall', 'message', '{}');
SELECT message_send('{"channel": "wall", "resource": 2}');
SELECT * FROM member_check();

-- Of who is erased numbers stay.
SELECT member_export('anna@example.com') -> 'messages' -> 0 -> 'states' -> 0 -> 'state';
SELECT member_erase('anna@example.com') -> 'cleared' -> 'messages';
SELECT count(*) FILTER (WHERE objects IS NOT NULL OR sealed IS NOT NULL) FROM member.pipeline_run WHERE dataset = 1;

-- While a hook tells what messages said, that is kept.
SELECT member_set('olga@example.com', '[]') -> 'newbie';
SELECT hook_set('{"name": "crm", "events": ["send"], "with_content": 1, "transport": {"type": "http_batch", "url": "https://x.example.com/"}}') ->> 'id';
SELECT hook_get(1) -> 'with_content';
SELECT message_send('{"channel": "mail", "email": "olga@example.com", "template": 1}') ? 'send_message_id';
SELECT content, expires_at > now() + '71 hours' FROM member.message_content;
SELECT event_emit(jsonb_build_object('event_type', 'send', 'email', 'olga@example.com', 'send_message_id', send_message_id)) > 0 FROM member.message_content;
SELECT member_erase('olga@example.com') -> 'erased';
SELECT content FROM member.message_content;
