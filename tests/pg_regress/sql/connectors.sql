-- Connectors: other databases that pipelines ask.
\set QUIET on
\i helper.sql
\set QUIET off
\pset format unaligned
\pset tuples_only on
\pset null NULL

SELECT connector_set('{"name": "Shop", "host": "db.example.com", "database": "shop", "user": "reader", "password": "s3cret"}');
SELECT connector_set('{"name": "Local", "host": "127.0.0.1", "port": 6543, "database": "d", "user": "u", "tls": true}');
SELECT connector_get('{"id": 1}'), connector_get('{"id": 2}');
SELECT connector_list('{}');
-- A mask keeps the secret, as does leaving it out; null takes it away.
SELECT connector_set('{"id": 1, "password": "***", "port": 5433}') -> 'id', connector_set('{"id": 1, "name": "The shop"}') -> 'id';
SELECT settings -> 'password', settings -> 'port', settings -> 'name' FROM member.sql_connector WHERE id = 1;
SELECT connector_set('{"id": 1, "password": null}') -> 'id';
SELECT connector_get('{"id": 1}') -> 'obj' -> 'password';
SELECT connector_set('{"id": 2, "tls": {"verify": false}}') -> 'id';
SELECT connector_get('{"id": 2}') -> 'obj' -> 'tls';
SELECT connector_set('{"id": 2, "more": 1, "tls": {"x": 1}}') -> 'warnings';

SELECT refusal($$SELECT connector_set('{"name": "x"}')$$);
SELECT refusal(format($$SELECT connector_set('{"name": "x", "host": "h", "database": "d", "user": "u"}'::jsonb || %L)$$, change))
  FROM (VALUES ('{"name": null}'), ('{"host": "a b"}'), ('{"port": 0}'), ('{"database": null}'), ('{"user": 5}'), ('{"password": 5}'),
               ('{"password": "***"}'), ('{"tls": "yes"}'), ('{"tls": {"cert": "-----BEGIN x"}}'), ('{"tls": {"ca": "x"}}')) AS c (change);
SELECT refusal($$SELECT connector_set('{"id": 9, "name": "x"}')$$);
SELECT refusal($$SELECT connector_get('{"id": 9}')$$);
SELECT refusal($$SELECT connector_get('{}')$$);
SELECT refusal($$SELECT connector_delete('{"id": 9}')$$);

-- One that a pipeline names stays.
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect", "fields": {"resource": [{"type": "int", "shortname": "a"}]}}') -> 'id';
SELECT pipeline_set('wall', 'message', '[{"id": 1, "type": "sql_pipe", "params": {"connector_id": 1, "query": "select 1"}}]') -> 'version';
SELECT entity_set('{"channel": "wall", "shortname": "thing", "name": "Thing", "operations": {"list": {"pipes": [{"id": 1, "type": "sql_pipe", "params": {"connector_id": 1, "query": "select 1"}}]}}}') -> 'shortname';
SELECT refusal($$SELECT connector_delete('{"id": 1}')$$);
SELECT pipeline_set('wall', 'message', '[{"id": 1, "type": "log"}]') -> 'version', entity_delete('{"channel": "wall", "shortname": "thing"}');
SELECT connector_delete('{"id": 1}');
SELECT connector_list('{}') -> 'list' -> 0 -> 'id';
