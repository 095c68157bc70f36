-- pipeline_graph: a pipeline as a diagram.
\set QUIET on
\i helper.sql
\set QUIET off
\pset format unaligned
\pset tuples_only on

SELECT channel_set('{"name": "Shop", "string_id": "shop", "kind": "direct", "addr_type": "csid", "fields": {"subscription": [{"type": "string", "shortname": "a"}]},
    "events": [{"id": 100021, "string_id": "mysend", "base": "send"}]}') -> 'id';
SELECT pipeline_set('shop', 'schedule', '[{"id": 1, "type": "log"}]') -> 'version';
SELECT pipeline_set('shop', 'message', '[
 {"id": 1, "type": "store_get", "params": {"key": "token", "not_found": 2}, "outs": {"success": 3, "error": 9}},
 {"id": 2, "type": "log", "outs": {"success": 3}},
 {"id": 3, "type": "selector", "params": {"outs": [{"query": "''$template.kind'' = \"a\" || $in.a < 5", "out": 4},
    {"query": "''$template.kind'' = ''a very long condition that nobody can read in a diagram''", "out": 5}]}, "outs": {"error": 9}},
 {"id": 4, "type": "event", "params": {"event_type": "send", "channel_id": 10001, "action_type": 100021, "event": {"send_message_id": "$in.send_message_id"}}, "outs": {"success": 5}},
 {"id": 5, "type": "scheduled", "params": {"pipe_id": 1, "delay": 30, "template": {}}},
 {"id": 9, "type": "log"}]') -> 'problems';
SELECT pipeline_graph('shop', 'message');
SELECT pipeline_graph('shop', 'message', 'dot');
SELECT entity_set('{"channel": "shop", "shortname": "thing", "name": "Thing", "operations": {"list": {"pipes": [{"id": 1, "type": "unpack", "outs": {"success": 2, "error": 3}}, {"id": 2, "type": "result"}, {"id": 3, "type": "error"}]}}}') -> 'problems';
SELECT pipeline_graph('10001', 'thing.list');
SELECT refusal($$SELECT pipeline_graph('shop', 'message', 'svg')$$);
SELECT refusal($$SELECT pipeline_graph('shop', 'stop')$$);
SELECT refusal($$SELECT pipeline_graph('shop', 'halt')$$);
SELECT refusal($$SELECT pipeline_graph('none', 'message')$$);
SELECT refusal($$SELECT pipeline_graph('shop', 'thing.get')$$);
SELECT refusal($$SELECT pipeline_graph('shop', 'none.get')$$);
