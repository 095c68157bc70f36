-- pipeline_check: every problem of a pipeline at once, each with its pipe; every example of the pages is accepted.
\set QUIET on
\i helper.sql
\set QUIET off
\pset format unaligned
\pset tuples_only on
\pset null NULL

-- Level, pipe, id and words of each problem.
CREATE FUNCTION problems(request jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', p ->> 'level', p ->> 'pipe', p ->> 'id' || ':', p ->> 'explain')
      FROM jsonb_array_elements(pipeline_check(request) -> 'problems') p $$;
-- The same of one pipe: its parameters in a pipeline with pipes 2 and 3 to go to.
CREATE FUNCTION pipe(type text, params jsonb, kind text DEFAULT 'message') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT problems(jsonb_build_object('kind', kind, 'pipes', jsonb_build_array(
        jsonb_build_object('id', 1, 'type', type, 'params', params, 'outs', '{"success": 2, "error": 3}'::jsonb),
        '{"id": 2, "type": "log"}'::jsonb, '{"id": 3, "type": "log"}'::jsonb))) $$;

-- The list as a whole.
SELECT pipeline_check('[{"id": 1, "type": "log"}]');
SELECT problems('[]');
SELECT problems('{}');
SELECT problems('{"pipes": {}}');
SELECT problems('{"pipes": "x", "more": 1}');
SELECT problems('"x"');
SELECT problems('null');
SELECT problems('{"kind": "other", "pipes": []}');
SELECT problems('{"kind": 1, "pipes": []}');
SELECT problems('{"channel": "none", "pipes": []}');
SELECT problems('[1, [], null]');
SELECT problems((SELECT jsonb_agg(jsonb_build_object('id', n, 'type', 'log', 'outs', '{"success": 1}'::jsonb)) FROM generate_series(1, 1001) n));
SELECT problems(jsonb_build_array(jsonb_build_object('id', 1, 'type', 'log', 'params', jsonb_build_object('message', repeat('x', 1100000)))));

-- Numbers, types, keys.
SELECT problems('[{"type": "log"}, {"id": 0, "type": "log"}, {"id": -1, "type": "log"}, {"id": 1.5, "type": "log"}, {"id": "1", "type": "log"}]');
SELECT problems('[{"id": 1, "type": "log"}, {"id": 1, "type": "log"}, {"id": 1, "type": "log"}]');
SELECT problems('[{"id": 1}, {"id": 2, "type": 5}, {"id": 3, "type": "logg"}, {"id": 4, "type": "log", "parms": {}, "params": [], "outs": 5}]');
SELECT problems('[{"id": 1, "type": "log", "params": {"a": 1, "b": {}}, "outs": {"success": "2", "fail": 2}}]');

-- Ways.
SELECT problems('[{"id": 1, "type": "log", "outs": {"success": 7, "error": 8}}]');
SELECT problems('[{"id": 1, "type": "log"}, {"id": 2, "type": "log", "outs": {"success": 3}}, {"id": 3, "type": "log"}]');
SELECT problems('{"kind": "schedule", "pipes": [{"id": 1, "type": "log"}, {"id": 2, "type": "log"}]}');
SELECT problems('[{"id": 1, "type": "log", "outs": {"success": 1}}]');
SELECT problems('[{"id": 1, "type": "log", "outs": {"success": 2}}, {"id": 2, "type": "log", "outs": {"success": 3, "error": 4}}, {"id": 3, "type": "log", "outs": {"success": 2}}, {"id": 4, "type": "log", "outs": {"error": 1}}]');
SELECT problems('[{"id": 1, "type": "selector", "params": {"outs": [{"query": "1 = 1", "out": 9}]}, "outs": {"success": 2}}, {"id": 2, "type": "store_get", "params": {"key": "k", "not_found": 8}}]');

-- Kinds.
SELECT problems('[{"id": 1, "type": "result", "outs": {"success": 2}}, {"id": 2, "type": "error"}]');
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "event", "params": {"event_type": "stop", "event": {"send_message_id": "x"}}, "outs": {"success": 2}}, {"id": 2, "type": "scheduled", "params": {"pipe_id": 1, "template": {}}}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "result", "outs": {"success": 2}}, {"id": 2, "type": "log", "outs": {"success": 3}}, {"id": 3, "type": "result"}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "unpack", "outs": {"success": 2, "error": 3}}, {"id": 2, "type": "result"}, {"id": 3, "type": "result"}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "error", "outs": {"success": 2}}]}');
-- Templates that never find anything.
SELECT problems('{"kind": "listener", "pipes": [{"id": 1, "type": "log", "params": {"message": "$subscription.id $in.body $template.x $now"}}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "pack", "params": {"template": {"a": ["$#campaign.x", {"b": "$sender.y"}]}}}]}');

-- Parameters of each type.
SELECT pipe('result', '{"path": "$in.data.categories"}', 'entity');
SELECT pipe('result', '{"path": 5, "x": 1}', 'entity');
SELECT pipe('error', '{"code": "x", "message": ""}', 'entity');
SELECT pipe('error', '{"code": 0, "message": {}}', 'entity');
SELECT pipe('log', '{"level": "loud", "message": 5, "prefix": []}');
SELECT pipe('log', '{"level": "TRACE", "message": "${in.a", "prefix": "$#in.a and"}');
SELECT pipe('pack', '{}');
SELECT pipe('pack', '{"type": "csv", "template": []}');
SELECT pipe('pack', '{"type": "xml", "template": {"a": 1, "b": 2}}');
SELECT pipe('pack', '{"template": {"a": "${in.x"}}');
SELECT pipe('unpack', '{"type": 5}');
SELECT pipe('http_request', '{}');
SELECT pipe('http_request', '{"url": 1, "method": "HEAD", "content_type": "text", "auth_type": "digest", "timeout": 0, "success_codes": [], "pool_size": 0, "limit": {}, "headers": [], "form": []}');
SELECT pipe('http_request', '{"url": "http://x", "auth_username": "me", "timeout": "5", "success_codes": [99], "pool_size": 1.5, "limit": {"count": 0, "period": -1, "x": 1}, "headers": {"a b": "c", "ok": 5}, "form": {"a": "${in.x"}}');
SELECT pipe('http_request', '{"url": "http://x", "content_type": "json", "form": {"a": 1}}');
SELECT pipe('store_set', '{}');
SELECT pipe('store_set', '{"key": 1, "value": null, "ttl": 0, "table": 5}');
SELECT pipe('store_set', '{"key": "k", "value": "$#in.x", "ttl": "soon"}');
SELECT pipe('store_set', '{"key": "k", "value": [1], "ttl": "$#in.ttl", "table": "t$in.x"}');
SELECT pipe('store_get', '{}');
SELECT pipe('store_get', '{"key": "k", "name": "", "delete": 1, "not_found": "x"}');
SELECT pipe('selector', '{}');
SELECT pipe('selector', '{"outs": []}');
SELECT pipe('selector', '{"outs": [1, {}, {"query": 5, "out": "x", "y": 1}, {"query": "(1 =", "out": 2}]}');
SELECT pipe('sql_pipe', '{}');
SELECT pipe('sql_pipe', '{"connector_id": -1, "map": "yes", "query": "", "connection_timeout": 0, "query_timeout": "x"}');
SELECT pipe('sql_pipe', '{"connector_id": 77, "query": "select 1"}');
SELECT pipe('sql_pipe', format('{"query": %s}', to_json(query))::jsonb)
  FROM (VALUES ('select * from t where a = $in.a and b = ''$in.b'' and c = $#in.c::int'), ('select ''a $in.b'''), ('select "$in.b"'), ('select t_$in.b'), ('select ${in.b}x'),
               ('select $1'), ('select $$ $in.a $$'), ('select $x$ ok $x$'), ('select 1 -- $in.a'), ('select 1 /* /* $in.a */ */'), ('select ''open'), ('select "open'),
               ('select /* open'), ('select $$ open'), ('select $in.f(1)'), ('select E''$in.a''')) AS q (query);
SELECT pipe('event', '{}');
SELECT pipe('event', '{"event_type": "sent", "event": {}}');
SELECT pipe('event', '{"event_type": "send", "event": {"send_message_id": 5}}');
SELECT pipe('event', '{"event_type": "send", "channel_id": 1, "action_type": 2, "event": []}');
SELECT pipe('event', '{"event_type": 5}');
SELECT pipe('scheduled', '{}');
SELECT pipe('scheduled', '{"pipe_id": 0, "delay": -1, "template": "x"}');

-- With a channel: its events, its Schedule pipeline.
SELECT channel_set('{"name": "Shop", "string_id": "shop", "kind": "direct", "addr_type": "csid", "fields": {"subscription": [{"type": "string", "shortname": "a"}]},
    "events": [{"id": 100021, "string_id": "mysend", "base": "send"}, {"id": 100022, "string_id": "mydeliv", "base": "deliv"}, {"id": 100023, "string_id": "myundeliv", "base": "undeliv"}]}') -> 'id';
CREATE FUNCTION shop(type text, params jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT problems(jsonb_build_object('channel', 'shop', 'pipes', jsonb_build_array(jsonb_build_object('id', 1, 'type', type, 'params', params)))) $$;
SELECT shop('event', '{"event_type": "send", "channel_id": 10002, "action_type": 100021, "event": {"send_message_id": "x"}}');
SELECT shop('event', '{"event_type": "send", "channel_id": 10001, "action_type": 100020, "event": {"send_message_id": "x"}}');
SELECT shop('event', '{"event_type": "send", "channel_id": 10001, "action_type": 100022, "event": {"send_message_id": "x"}}');
SELECT shop('event', '{"event_type": "send", "channel_id": 10001, "action_type": 100021, "event": {"send_message_id": "x"}}');
SELECT shop('event', '{"name": "mydeliv", "event": {"send_message_id": "x"}}');
SELECT shop('event', '{"name": "nothing", "event": {"send_message_id": "x"}}');
SELECT pipe('event', '{"name": "mydeliv", "event": {"send_message_id": "x"}}');
SELECT shop('scheduled', '{"pipe_id": 5, "template": {}}');
SELECT problems('{"channel": "shop", "kind": "moderate", "pipes": [{"id": 1, "type": "log"}]}');

-- The Eventer's three examples, as they are written.
SELECT problems('{"kind": "message", "pipes": [
  {"id": 100, "type": "event", "params": {"event_type": "send", "channel_id": 10001, "action_type": 100021, "event": {"send_message_id": "$origin.send_message_id"}}, "outs": {"error": 101}},
  {"id": 101, "type": "log"}]}');
SELECT problems('[{"id": 150, "type": "event", "params": {"event_type": "stop", "event": {"send_message_id": "$origin.send_message_id"}}}]');
SELECT problems('[{"id": 18, "type": "event", "params": {"event_type": "moderate_error", "event": {"send_message_id": "$origin.send_message_id"}}, "outs": {"success": 19, "error": 20}},
  {"id": 19, "type": "log"}, {"id": 20, "type": "log"}]');
-- And those of the other pages.
SELECT problems('{"kind": "entity", "pipes": [{"id": 1, "type": "result", "params": {"path": "$#in.data.categories"}}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id":10,"type":"error","params":{"code":500}}]}');
SELECT problems('{"kind": "entity", "pipes": [{"id":10,"type":"error","params":{"code":500,"message":"$in.data.error"}}]}');
SELECT problems('[{"id": 1, "type": "log", "params": {"prefix": "Send|", "message": "error http request $error.code $error.message", "level": "trace"}}]');
SELECT problems('[{"id": 1, "type": "pack", "params": {"type": "JSON", "template": {"acceptUrl": "$template.acceptUrl", "discount": "$#template.discountAmount", "c": "$#origin.c_id",
  "category": "$#campaign.category.category", "feeType": "fix", "campaignFee": 0, "start": "$camp_schedule.start_time", "stop": "$camp_schedule.stop_time",
  "merchant": "$account.merchantName", "$$campaign.segment[segments]": ["[$]id"]}}}]');
SELECT problems('[{"id":10,"type":"unpack","params":{"type":"XML"},"outs":{"success":20,"error":1000}}, {"id": 20, "type": "log"}, {"id": 1000, "type": "log"}]');
SELECT problems('[{"id":10,"type":"unpack","outs":{"success":15,"error":1001}}, {"id": 15, "type": "log"}, {"id": 1001, "type": "log"}]');
SELECT problems('[{"id": 1, "type": "http_request", "params": {"content_type": "json", "method": "POST", "auth_type": "basic", "auth_username": "root", "auth_password": "1234",
  "url": "http://example.com/send", "timeout": 20, "success_codes": [200, 201], "pool_size": 10, "limit": {"count": 10, "period": 1}, "headers": {"X-Token": "$sender.token"}}}]');
SELECT problems('[{"id":37,"type":"store_set","params":{"key":"session_id","value":"$in.data.SessionInfo.%0.SessionToken","ttl":900},"outs":{"success":12,"error":13}}, {"id": 12, "type": "log"}, {"id": 13, "type": "log"}]');
SELECT problems('[{"id":2,"type":"store_get","params":{"key":"session_id","not_found":3},"outs":{"success":28,"error":14}}, {"id": 3, "type": "log"}, {"id": 28, "type": "log"}, {"id": 14, "type": "log"}]');
SELECT problems('[{"id":15,"type":"selector","params":{"outs":[{"query":"(''$template.show_push'' = ''true'')","out":102},{"query":"(''$template.show_push'' = ''false'')","out":103}]},"outs":{"success":104,"error":105}},
  {"id": 102, "type": "log"}, {"id": 103, "type": "log"}, {"id": 104, "type": "log"}, {"id": 105, "type": "log"}]');
SELECT problems('[{"id":15,"type":"selector","params":{"outs":[{"query":"($template.show_push = true)","out":26}, {"query":"(''$in.data.status'' = ''success'')","out":26}]}}, {"id": 26, "type": "log"}]');
SELECT connector_set('{"name": "c", "host": "db.example", "database": "d", "user": "u"}') -> 'id', connector_set('{"name": "c", "host": "db.example", "database": "d", "user": "u"}') -> 'id';
SELECT problems($$[{"id":2,"type":"sql_pipe","params":{"connection_timeout":10,"query_timeout":10,"query":"SELECT CAST(SEGMENT_LIST_ID AS VARCHAR) AS 'id', SEGMENT_LIST_NAME AS 'name' FROM SEGMENT_LIST","connector_id":2},"outs":{"success":3,"error":5}},
  {"id": 3, "type": "log"}, {"id": 5, "type": "log"}]$$);
SELECT problems('[{"id":801,"type":"scheduled","params":{"pipe_id":1,"template":{"camp_id":"$origin.c_id","send_message_id":"$origin.send_message_id","ym_cmp_id":"$#in.data.ymCampaignId"},"delay":10},"outs":{"success":802,"error":803}},
  {"id": 802, "type": "log"}, {"id": 803, "type": "log"}]');
-- Older spellings, and names in capitals.
SELECT problems('{"channel": "shop", "pipes": [{"id": 1, "type": "packer", "params": {"type": "json", "template": {}}, "outs": {"success": 2}},
  {"id": 2, "type": "http_requester", "params": {"url": "http://x", "content_type": "JSON", "timeout": 10, "success_codes": [200, 202]}, "outs": {"success": 3, "error": 4}},
  {"id": 3, "type": "event", "params": {"name": "mydeliv", "event": {"send_message_id": "$in.send_message_id"}}},
  {"id": 4, "type": "event", "params": {"name": "myundeliv", "event": {"send_message_id": "$in.send_message_id", "message": "$error.code $error.message"}}}]}');
-- Whole pipelines.
SELECT pipeline_set('shop', 'schedule', '[{"id": 1, "type": "log"}]') -> 'problems';
SELECT problems('{"channel": "shop", "pipes": [
 {"id":1,"type":"pack","params":{"template":{"to":"$subscription.client_id","text":"$template.text","ext_id":"$origin.send_message_id"}},"outs":{"success":2,"error":9}},
 {"id":2,"type":"http_request","params":{"url":"https://api.example.com/send","method":"POST","content_type":"json","timeout":10,"headers":{"X-Token":"$sender.token"}},"outs":{"success":3,"error":8}},
 {"id":3,"type":"unpack","outs":{"success":4,"error":9}},
 {"id":4,"type":"event","params":{"event_type":"send","channel_id":10001,"action_type":100021,"event":{"send_message_id":"$origin.send_message_id"}},"outs":{"success":5,"error":9}},
 {"id":5,"type":"scheduled","params":{"pipe_id":1,"delay":30,"template":{"smid":"$origin.send_message_id","ext":"$#in.data.id"}}},
 {"id":8,"type":"event","params":{"event_type":"undeliv","channel_id":10001,"action_type":100023,"event":{"send_message_id":"$origin.send_message_id","message":"$error.code $error.message"}}},
 {"id":9,"type":"log","params":{"level":"error","message":"$error.message"}}]}');
SELECT problems('{"kind": "stop", "pipes": [
 {"id":1,"type":"store_get","params":{"key":"post-$origin.send_message_id","name":"ext"},"outs":{"success":2,"error":5}},
 {"id":2,"type":"http_request","params":{"method":"DELETE","url":"https://api.example.com/posts/$in.ext"},"outs":{"success":3,"error":5}},
 {"id":3,"type":"event","params":{"event_type":"stop","event":{"send_message_id":"$origin.send_message_id"}}},
 {"id":5,"type":"log","params":{"level":"error","message":"stop: $error.message"}}]}');
