-- Channels: made, changed, shown, deleted; their fields, events and pipelines.
\set QUIET on
\i helper.sql
\set QUIET off
\pset format unaligned
\pset tuples_only on

-- A direct channel. Numbers begin at 10001, those of events at 100001.
SELECT channel_set('{"name": "Shop push", "string_id": "shop", "kind": "direct", "addr_type": "csid",
    "fields": {"template": [{"type": "header", "title": "What to send"},
                            [{"type": "text", "shortname": "text", "title": "Text", "required": true},
                             {"type": "color", "shortname": "colour", "default": "#ffffff"}]],
               "subscription": [{"type": "string", "shortname": "client_id", "title": "Client"},
                                {"type": "enum", "shortname": "tier", "options": [{"value": "gold", "title": "Gold"}, "silver"]}],
               "account": [{"type": "string", "shortname": "token"}]},
    "account_fields": {"token": "s3cret"},
    "events": [{"id": 100021, "name": "Sent", "string_id": "mysend", "base": "send"},
               {"name": "Seen", "string_id": "seen", "base": "custom"}]}');
SELECT jsonb_pretty(channel_get('{"string_id": "shop"}') -> 'obj') ~ 's3cret' AS shown,
       channel_get('{"id": 10001}') -> 'obj' ->> 'sql_role' = current_user AS own_role;
SELECT jsonb_pretty((channel_get('{"string_id": "shop"}') -> 'obj') - 'sql_role');
SELECT code, base, family, about, is_personal FROM member.event_type WHERE NOT builtin ORDER BY code;

-- Keys that are not given keep their value, events without a number keep theirs, or get new ones.
SELECT channel_set('{"id": 10001, "name": "Shop", "events": [
    {"string_id": "seen", "base": "custom"}, {"string_id": "mydeliv", "base": "deliv"}]}');
SELECT channel_get('{"id": "shop"}') -> 'obj' -> 'events';
SELECT code, base FROM member.event_type WHERE NOT builtin ORDER BY code;
-- Events are known to hooks and to event_emit.
SELECT hook_set('{"name": "h", "events": ["shop.mydeliv", "custom"], "transport": {"type": "http_batch", "url": "https://x.example"}}') -> 'id';
SELECT member_set('{"email": "c1", "addr_type": "csid"}') -> 'newbie';
SELECT event_emit('{"event_type": "shop.mydeliv", "email": "c1", "addr_type": "csid"}') > 0;
-- A new string_id renames the codes.
SELECT channel_set('{"id": 10001, "string_id": "store"}') -> 'id';
SELECT code FROM member.event_type WHERE NOT builtin ORDER BY code;
SELECT channel_set('{"id": 10001, "string_id": "shop"}') -> 'id';

-- An indirect one, with moderation.
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "with_moderate": true, "enabled": 0,
    "fields": {"resource": [{"type": "int", "shortname": "wall_id", "required": true}]},
    "events": [{"string_id": "posted", "base": "send"}]}');
SELECT channel_list('{}');
SELECT code, is_personal FROM member.event_type WHERE code LIKE 'wall.%';

-- Refusals.
SELECT refusal($$SELECT channel_get('{"string_id": "none"}')$$);
SELECT refusal($$SELECT channel_get('{}')$$);
SELECT refusal($$SELECT channel_set('{"id": 7, "name": "x"}')$$);
SELECT refusal(format($$SELECT channel_set('{"name": "x", "string_id": "x", "kind": "direct", "addr_type": "email", "fields": {"subscription": [{"type": "string", "shortname": "a"}]}}'::jsonb || %L)$$, change))
  FROM (VALUES ('{"name": null}'), ('{"string_id": "X"}'), ('{"string_id": "shop"}'), ('{"kind": "both"}'), ('{"kind": null}'),
               ('{"addr_type": "fax"}'), ('{"addr_type": null}'), ('{"with_moderate": 1}'), ('{"fields": {}}'),
               ('{"kind": "indirect"}'), ('{"fields": []}'), ('{"fields": {"list": []}}'), ('{"fields": {"template": {}}}'),
               ('{"fields": {"template": ["x"]}}'), ('{"fields": {"template": [{"type": "date"}]}}'),
               ('{"fields": {"template": [[]]}}'),
               ('{"fields": {"template": [{"type": "int"}]}}'),
               ('{"fields": {"template": [{"type": "int", "shortname": "A"}]}}'),
               ('{"fields": {"template": [{"type": "int", "shortname": "a", "required": 1}]}}'),
               ('{"fields": {"template": [{"type": "enum", "shortname": "a"}]}}'),
               ('{"fields": {"template": [{"type": "enum", "shortname": "a", "options": [{}]}]}}'),
               ('{"fields": {"template": [{"type": "int", "shortname": "a", "default": "1"}]}}'),
               ('{"fields": {"template": [{"type": "int", "shortname": "a"}, {"type": "int", "shortname": "a"}]}}'),
               ('{"fields": {"subscription": [{"type": "int", "shortname": "a"}], "account": [{"type": "int", "shortname": "b"}]}, "account_fields": {"b": true}}'),
               ('{"account_fields": 1}'),
               ('{"events": {}}'), ('{"events": [1]}'), ('{"events": [{"base": "send"}]}'),
               ('{"events": [{"string_id": "a", "base": "stop"}]}'), ('{"events": [{"string_id": "a", "base": "send", "id": 5}]}'),
               ('{"events": [{"string_id": "a", "base": "send", "name": 5}]}'),
               ('{"events": [{"string_id": "a", "base": "send"}, {"string_id": "a", "base": "send"}]}'),
               ('{"events": [{"string_id": "a", "base": "send", "id": 100001}]}'),
               ('{"sql_role": "nobody at all"}'), ('{"enabled": "maybe"}')) AS c (change);
SELECT channel_set('{"name": "x", "string_id": "x", "kind": "indirect", "more": 1,
    "fields": {"resource": [{"type": "int", "shortname": "a"}]}}') -> 'warnings';
SELECT channel_delete('{"string_id": "x"}') -> 'id' IS NOT NULL;

-- The role that SQL runs as: one's own, or one that one is a member of; nobody's superuser but a superuser's.
CREATE ROLE channel_admin LOGIN;
CREATE ROLE channel_sql LOGIN;
CREATE ROLE channel_other LOGIN;
CREATE ROLE channel_mute NOLOGIN;
CREATE ROLE channel_super SUPERUSER LOGIN;
GRANT channel_sql, channel_mute, channel_super TO channel_admin;
SELECT member_grant('channel_admin', 'admin');
GRANT EXECUTE ON FUNCTION refusal TO channel_admin;
SET ROLE channel_admin;
SELECT channel_set('{"name": "y", "string_id": "y", "kind": "indirect", "fields": {"resource": [{"type": "int", "shortname": "a"}]}}') -> 'id' IS NOT NULL;
SELECT channel_get('{"string_id": "y"}') -> 'obj' -> 'sql_role';
SELECT channel_set(format('{"id": "%s", "sql_role": "channel_sql"}', channel_get('{"string_id": "y"}') -> 'obj' -> 'id')::jsonb) -> 'id' IS NOT NULL;
SELECT refusal($$SELECT channel_set('{"id": "y", "sql_role": "channel_other"}')$$);
SELECT refusal($$SELECT channel_set('{"id": "y", "sql_role": "channel_super"}')$$);
SELECT split_part(refusal($$SELECT channel_set('{"id": "y", "sql_role": "channel_mute"}')$$), ' ', 2) IN ('error/worker/nologin:', 'refused');
-- Whoever writes SQL for it must be a member, too.
SELECT pipeline_set('y', 'message', '[{"id": 1, "type": "sql_pipe", "params": {"query": "select 1"}}]') -> 'version';
RESET ROLE;
SELECT channel_set('{"id": "y", "sql_role": "channel_other"}') -> 'id' IS NOT NULL;
SET ROLE channel_admin;
SELECT refusal($$SELECT pipeline_set('y', 'message', '[{"id": 1, "type": "sql_pipe", "params": {"query": "select 1"}}]')$$);
SELECT pipeline_set('y', 'message', '[{"id": 1, "type": "log"}]') -> 'version';
RESET ROLE;
SELECT channel_delete('{"string_id": "y"}') -> 'id' IS NOT NULL;

-- Values of fields on templates, senders, resources and campaigns are checked; other fields are the account's own.
SELECT template_set('{"name": "Hello", "fields": {"text": "Hi", "colour": "#00ff00", "mine": 1}}') -> 'id' IS NOT NULL;
SELECT refusal($$SELECT template_set('{"name": "Hello", "fields": {"text": 1}}')$$);
SELECT refusal($$SELECT template_set('{"name": "Hello", "fields": {"colour": "red"}}')$$);
SELECT refusal($$SELECT resource_set('{"name": "Wall", "fields": {"wall_id": 1.5}}')$$);
SELECT resource_set('{"name": "Wall", "fields": {"wall_id": 15}}') -> 'id' IS NOT NULL;

-- Secret fields are shown hidden, and a mask that comes back keeps them; so are all values on the account.
SELECT channel_set('{"id": "shop", "fields": {"sender": [{"type": "string", "shortname": "token", "secret": true}, {"type": "string", "shortname": "title"}]}}') -> 'id';
CREATE TEMP TABLE sent AS SELECT (sender_set('{"name": "Shop", "fields": {"token": "t-1", "title": "The shop"}}') ->> 'id') AS id;
SELECT sender_get(jsonb_build_object('id', id)) -> 'obj' -> 'fields' FROM sent;
SELECT sender_set(jsonb_build_object('id', id, 'fields', '{"token": "***", "title": "***"}'::jsonb)) ->> 'id' = id FROM sent;
SELECT sender_list('{}') #> '{list,0,fields}', fields FROM member.sender;
SELECT refusal($$SELECT sender_set('{"name": "Other", "fields": {"token": "***"}}')$$);
SELECT channel_set('{"id": "shop", "account_fields": {"token": "***"}}') -> 'id';
SELECT settings -> 'account_fields' FROM member.channel WHERE string_id = 'shop';
SELECT refusal($$SELECT channel_set('{"id": "shop", "account_fields": {"other": "***"}}')$$);

-- Subscriptions: values of the channel's fields on heads.
SELECT subscription_set('{"channel": "shop", "email": "c1", "fields": {"client_id": "77", "tier": "gold"}}') -> 'fields';
SELECT subscription_set('{"channel": "shop", "email": "c1", "addr_type": "csid", "fields": {"tier": null}}') -> 'fields';
SELECT subscription_get('{"channel": 10001, "email": "c1"}') -> 'fields';
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "c1", "fields": {"tier": "iron"}}')$$);
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "c1", "fields": {"other": 1}}')$$);
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "c1", "fields": 1}')$$);
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "c1"}')$$);
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "nobody", "fields": {}}')$$);
SELECT refusal($$SELECT subscription_get('{"channel": "shop", "email": "nobody"}')$$);
SELECT refusal($$SELECT subscription_get('{"channel": "wall", "email": "c1", "addr_type": "csid"}')$$);
SELECT refusal($$SELECT subscription_get('{"channel": "none", "email": "c1"}')$$);
SELECT member_set('{"email": "a@example.com"}') -> 'newbie';
SELECT refusal($$SELECT subscription_set('{"channel": "shop", "email": "a@example.com", "addr_type": "email", "fields": {}}')$$);
-- They are a change of the subscriber, from nowhere: live groups follow it.
SELECT group_create('{"id": "hosted", "type": "filter", "addr_type": "csid"}'), group_filter_set('{"id": "hosted", "filter": [{"a": "member.update.host", "op": "==", "v": "192.0.2.1"}]}') ->> 'usage', group_set('{"id": "hosted", "live": 1, "sync": 1}');
SELECT member_set('{"email": "c1", "addr_type": "csid", "source": "192.0.2.1", "datakey": [["shop.visits", "set", 1]]}') -> 'newbie';
SELECT group_get('{"id": "hosted"}') #> '{obj,count}';
SELECT subscription_set('{"channel": "shop", "email": "c1", "fields": {"client_id": "77"}}') -> 'fields';
SELECT group_get('{"id": "hosted"}') #> '{obj,count}', (SELECT count(*) FROM group_members('hosted')), (SELECT count(*) FROM member.live_member);
SELECT event_type FROM member.event WHERE event_type LIKE 'segment%' ORDER BY id;
-- They go with the head: to another body and back, and away with it.
SELECT member_merge('{"email": "a@example.com", "head": "c1", "head_addr_type": "csid", "head_rule": "transplant"}') IS NOT NULL;
SELECT count(*) FROM member.subscription s JOIN member.address a USING (dataset) WHERE a.value = 'a@example.com';
SELECT subscription_get('{"channel": "shop", "email": "c1"}') -> 'fields';
SELECT member_head_detach('{"email": "a@example.com", "head": "c1", "head_addr_type": "csid"}') IS NOT NULL;
SELECT count(*) FROM member.subscription;
SELECT member_unmerge((SELECT max(id) FROM member.journal)) IS NOT NULL;
SELECT subscription_get('{"channel": "shop", "email": "c1"}') -> 'fields';
SELECT * FROM member_check();
SELECT member_export('{"email": "a@example.com"}'::jsonb) -> 'subscriptions';
INSERT INTO member.subscription VALUES (999, 999, 10001, '{}');
SELECT problem, dataset, address_id, detail FROM member_check();
DELETE FROM member.subscription WHERE dataset = 999;
SELECT member_erase('a@example.com') -> 'erased';
SELECT count(*) FROM member.subscription;

-- Pipelines: versions are kept, the highest counts.
SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "log", "params": {"message": "one"}}]');
SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "log", "params": {"message": "two", "levle": "x"}}]');
SELECT pipeline_get('shop', 'message') - 'at';
SELECT pipeline_get('shop', 'message', 1) -> 'pipes';
SELECT refusal($$SELECT pipeline_get('shop', 'message', 3)$$);
SELECT refusal($$SELECT pipeline_get('shop', 'stop')$$);
SELECT refusal($$SELECT pipeline_get('shop', 'stopp')$$);
SELECT refusal($$SELECT pipeline_set('shop', 'moderate', '[{"id": 1, "type": "log"}]')$$);
SELECT pipeline_set('wall', 'moderate', '[{"id": 1, "type": "log"}]') -> 'version';
SELECT refusal($$SELECT pipeline_set('none', 'message', '[]')$$);
-- All errors at once.
SELECT refusal($$SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "log", "outs": {"success": 7}}, {"id": 2, "type": "result"}, {"type": "??"}]')$$);
-- A Scheduler needs its pipe in the Schedule pipeline, and that keeps it.
SELECT refusal($$SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "scheduled", "params": {"pipe_id": 5, "template": {}}}]')$$);
SELECT pipeline_set('shop', 'schedule', '[{"id": 5, "type": "scheduled", "params": {"pipe_id": 5, "template": {}}}, {"id": 6, "type": "log"}]') -> 'problems';
SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "scheduled", "params": {"pipe_id": 5, "template": {}}}]') -> 'version';
SELECT refusal($$SELECT pipeline_set('shop', 'schedule', '[{"id": 6, "type": "log"}]')$$);
SELECT refusal($$SELECT pipeline_delete('shop', 'schedule')$$);
SELECT pipeline_delete('shop', 'message');
SELECT refusal($$SELECT pipeline_get('shop', 'message')$$);
SELECT refusal($$SELECT pipeline_delete('shop', 'message')$$);
SELECT pipeline_get('shop', 'message', 2) -> 'version';
SELECT pipeline_delete('shop', 'schedule') -> 'version';
SELECT pipeline_set('shop', 'message', '[{"id": 1, "type": "log"}]') -> 'version';
SELECT channel_get('{"string_id": "shop"}') -> 'obj' -> 'pipelines';

-- A channel that was set in another database waits.
UPDATE member.channel SET database = 1 WHERE string_id = 'shop';
SELECT channel_get('{"string_id": "shop"}') -> 'obj' -> 'enabled', channel_get('{"string_id": "shop"}') -> 'obj' -> 'reason';
SELECT channel_set('{"id": "shop", "name": "Here"}') -> 'id';
SELECT channel_get('{"string_id": "shop"}') -> 'obj' -> 'enabled';
SELECT channel_set('{"id": "shop", "enabled": true}') -> 'id';
SELECT channel_get('{"string_id": "shop"}') -> 'obj' -> 'enabled';

-- Deleting takes all of it along, and not the log.
SELECT member_set('{"email": "c2", "addr_type": "csid"}') -> 'newbie', subscription_set('{"channel": "shop", "email": "c2", "fields": {"client_id": "1"}}') -> 'fields';
SELECT channel_delete('{"string_id": "shop"}');
SELECT (SELECT count(*) FROM member.pipeline WHERE channel = 10001), (SELECT count(*) FROM member.entity), (SELECT count(*) FROM member.subscription);
SELECT code FROM member.event_type WHERE NOT builtin ORDER BY code;
SELECT refusal($$SELECT channel_delete('{"string_id": "shop"}')$$);

SELECT channel_delete('{"string_id": "wall"}') -> 'id' IS NOT NULL;
DROP OWNED BY channel_admin;
DROP ROLE channel_admin, channel_sql, channel_other, channel_mute, channel_super;
