-- Entities: objects in outside systems, with operations.
\set QUIET on
\i helper.sql
\set QUIET off
\pset format unaligned
\pset tuples_only on
\pset null NULL

SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "fields": {"resource": [{"type": "int", "shortname": "a"}], "campaign": [{"type": "entity", "shortname": "category", "entity": "category"}]}}') -> 'id';
SELECT entity_set('{"channel": "wall", "shortname": "category", "name": "Category", "description": "Where it is shown",
    "fields": [{"type": "int", "shortname": "id"}, {"type": "string", "shortname": "title"}], "primary_field": "id", "preview_field": "title",
    "operations": {
        "list": {"input": [{"type": "string", "shortname": "query"}],
                 "pipes": [{"id": 1, "type": "http_request", "params": {"url": "https://api.example.com/categories", "form": {"q": "$in.query"}}, "outs": {"success": 2, "error": 4}},
                           {"id": 2, "type": "unpack", "outs": {"success": 3, "error": 4}},
                           {"id": 3, "type": "result", "params": {"path": "$#in.data.categories"}},
                           {"id": 4, "type": "error", "params": {"code": 502, "message": "$error.message"}}]},
        "delete": {"pipes": [{"id": 1, "type": "log", "params": {"messag": ""}}]}}}');
SELECT jsonb_pretty(entity_get('{"channel": 10001, "shortname": "category"}') -> 'obj');
-- An edit keeps what is not given, each operation by itself; null takes one away.
SELECT entity_set('{"channel": "wall", "shortname": "category", "name": "Categories", "operations": {"delete": null, "get": {"pipes": [{"id": 1, "type": "result"}]}}}') -> 'problems';
SELECT jsonb_object_keys(entity_get('{"channel": "wall", "shortname": "category"}') -> 'obj' -> 'operations');
SELECT entity_get('{"channel": "wall", "shortname": "category"}') -> 'obj' -> 'primary_field';
SELECT entity_set('{"channel": "wall", "shortname": "author", "name": "Author", "more": 1}') -> 'warnings';
SELECT jsonb_path_query_array(entity_list('{"channel": "wall"}'), '$.list[*].shortname');
SELECT channel_get('{"id": "wall"}') -> 'obj' -> 'entities';

-- Refusals: of operations all at once.
SELECT refusal($$SELECT entity_set('{"channel": "wall", "shortname": "category", "operations": {
    "list": {"pipes": [{"id": 1, "type": "event", "params": {"event_type": "stop", "event": {"send_message_id": "x"}}}]},
    "create": {"pipes": []}, "update": {"pipes": [{"id": 1, "type": "result", "outs": {"success": 2}}, {"id": 2, "type": "result"}]}}}')$$);
SELECT refusal(format($$SELECT entity_set('{"channel": "wall", "shortname": "x", "name": "X"}'::jsonb || %L)$$, change))
  FROM (VALUES ('{"channel": null}'), ('{"channel": "none"}'), ('{"shortname": null}'), ('{"shortname": "X"}'), ('{"name": null}'), ('{"description": 5}'),
               ('{"fields": {}}'), ('{"fields": [{"type": "int"}]}'), ('{"primary_field": "id"}'), ('{"preview_field": "id"}'),
               ('{"operations": []}'), ('{"operations": {"look": {}}}'), ('{"operations": {"list": []}}'), ('{"operations": {"list": {}}}')) AS c (change);
SELECT refusal($$SELECT entity_get('{"channel": "wall", "shortname": "none"}')$$);
SELECT refusal($$SELECT entity_get('{"channel": "wall"}')$$);
SELECT refusal($$SELECT entity_list('{}')$$);
SELECT refusal($$SELECT entity_delete('{"channel": "wall", "shortname": "none"}')$$);
SELECT entity_delete('{"channel": "wall", "shortname": "author"}');
SELECT channel_get('{"id": "wall"}') -> 'obj' -> 'entities';

-- An answer has the form of its operation, and values of the entity's fields.
SELECT entity_set('{"channel": "wall", "shortname": "label", "name": "Label", "fields": [{"type": "int", "shortname": "id"}, {"type": "string", "shortname": "name"}],
    "operations": {"list": {"pipes": [{"id": 1, "type": "result", "params": {"path": "$#in.a"}}]}, "get": {"pipes": [{"id": 1, "type": "result", "params": {"path": "$#in.a"}}]},
                   "delete": {"pipes": [{"id": 1, "type": "selector", "params": {"outs": [{"query": "a is defined", "out": 2}]}}, {"id": 2, "type": "result", "params": {"path": "$#in.a"}}]}}}') -> 'problems';
SELECT c.operation, r ->> 'state' AS state, r -> 'answer' AS answer, r #>> '{error,message}' AS message
FROM (VALUES (1, 'list', '[{"id": 1, "more": true}]'), (2, 'list', '{"id": 1}'), (3, 'list', '[{"name": 5}]'), (4, 'get', '{"name": "a"}'), (5, 'get', '[]'),
             (6, 'get', '{"id": "x"}'), (7, 'delete', '{}'), (8, 'delete', NULL)) AS c (n, operation, a),
     pipeline_run_now('wall', 'label.' || operation, CASE WHEN a IS NULL THEN '{}' ELSE jsonb_build_object('a', a::jsonb) END, '{}') AS r ORDER BY n;
