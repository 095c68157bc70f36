-- Runs in the caller's own transaction: every pipe, its exits and its failures (pipelines-and-hooks.md 3, 13.4).
\pset format unaligned
\pset tuples_only on
SELECT channel_set('{"name": "Wall", "string_id": "wall", "kind": "indirect",
    "fields": {"resource": [{"shortname": "place", "title": "Place", "type": "string"}],
               "sender": [{"shortname": "token", "title": "Token", "type": "string", "secret": true}]},
    "account_fields": {}}') -> 'id';

-- Sets the Listener pipeline, runs it, shows how it ended and its steps.
CREATE FUNCTION run(pipes jsonb, input jsonb, mocks jsonb DEFAULT '{}') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    reply jsonb;
BEGIN
    PERFORM pipeline_set('wall', 'listener', pipes);
    reply := pipeline_run_now('wall', 'listener', input, mocks);
    RETURN NEXT (reply - 'steps')::text;
    RETURN QUERY SELECT concat_ws(' ', step ->> 'pipe', step ->> 'type', step ->> 'exit', step -> 'input', step -> 'output')
                   FROM jsonb_array_elements(reply -> 'steps') step;
END
$$;
CREATE FUNCTION bytes(body text) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('body', jsonb_build_object('$bytes', replace(encode(convert_to(body, 'UTF8'), 'base64'), E'\n', ''))) $$;

-- Pack and unpack, JSON and XML.
SELECT run('[{"id": 1, "type": "unpack", "outs": {"success": 2}},
             {"id": 2, "type": "pack", "params": {"template": {"text": "$in.data.n", "number": "$#in.data.n", "items": "$#in.data.list"}}}]',
           bytes('{"n": 1.50, "list": [1, null, {"a": "б"}]}'));
SELECT run('[{"id": 1, "type": "unpack", "params": {"type": "XML"}, "outs": {"success": 2}},
             {"id": 2, "type": "packer", "params": {"type": "xml", "template": {"order": {"@id": "$in.data.post.@id", "line": "$#in.data.post.line"}}}}]',
           bytes('<post id="7"><line>a</line><line>b &amp; c</line></post>'));
SELECT run('[{"id": 1, "type": "unpack"}]', '{}');
SELECT run('[{"id": 1, "type": "unpack"}]', '{"body": "a text"}');
SELECT run('[{"id": 1, "type": "unpack"}]', bytes('{'));
SELECT run('[{"id": 1, "type": "unpack", "params": {"type": "XML"}}]', bytes('<a><b></a>'));

-- Store: kept, read, read and deleted, missed.
SELECT run('[{"id": 1, "type": "store_set", "params": {"key": "k-$in.n", "table": "some", "value": "$#in.value", "ttl": 900}, "outs": {"success": 2}},
             {"id": 2, "type": "store_get", "params": {"key": "k-$in.n", "table": "some", "name": "kept", "delete": true}, "outs": {"success": 3}},
             {"id": 3, "type": "store_get", "params": {"key": "k-$in.n", "table": "some", "not_found": 4}},
             {"id": 4, "type": "log", "params": {"message": "kept $in.kept, gone now"}}]',
           '{"n": 5, "value": {"a": 1.0}}');
SELECT run('[{"id": 1, "type": "store_get", "params": {"key": "nothing"}}]', '{}');
SELECT run('[{"id": 1, "type": "store_set", "params": {"key": "k", "value": 1, "ttl": "$in.ttl"}}]', '{"ttl": "-1"}');
SELECT run(jsonb_build_array(jsonb_build_object('id', 1, 'type', 'store_get', 'params', jsonb_build_object('key', repeat('k', 2000)))), '{}');
INSERT INTO member.pipe_store SELECT id, '', 'old', '1', now() - interval '1 second' FROM member.channel;
SELECT run('[{"id": 1, "type": "store_get", "params": {"key": "old"}}]', '{}');

-- Selector: the first that holds; none; a query that fails; a value is never part of the query.
SELECT run('[{"id": 1, "type": "selector", "params": {"outs": [{"query": "(''$in.s'' = ''yes'')", "out": 2}, {"query": "($in.n > 5)", "out": 3}]}, "outs": {"success": 4, "error": 5}},
             {"id": 2, "type": "log"}, {"id": 3, "type": "log"}, {"id": 4, "type": "log"}, {"id": 5, "type": "log", "params": {"message": "$error.message"}}]', input)
  FROM (VALUES ('{"s": "yes", "n": 9}'::jsonb), ('{"s": "no", "n": 9}'), ('{"s": "no", "n": 1}'), ('{"s": "x'' || ''1'' = ''1", "n": 1}'), ('{"n": 1}')) v (input);

-- Requests are answered by mocks.
SELECT run('[{"id": 1, "type": "http_request", "params": {"url": "https://api.example.com/$in.id", "headers": {"X-Token": "$sender.token"}, "form": {"q": "$in.id"}}, "outs": {"success": 2, "error": 3}},
             {"id": 2, "type": "log", "params": {"message": "$in.http_code $in.headers.etag $in.body"}},
             {"id": 3, "type": "log", "params": {"message": "$error.code $error.message"}}]',
           '{"id": 7, "$objects": {"sender": {"token": "sesame"}}}', mocks)
  FROM (VALUES ('{"https://api.example.com/7": {"code": 201, "headers": {"etag": "x"}, "body": {"a": 1}}}'::jsonb),
               ('{"https://api.example.com/7": {"code": 404, "body": "no sesame"}}'),
               ('{"https://api.example.com/7": {"error": "timeout: 5 s"}}'),
               ('{}')) v (mocks);
SELECT run('[{"id": 1, "type": "http_request", "params": {"url": "https://a.example/", "method": "POST", "content_type": "json"}}]', '{}');

-- Queries too, by their text.
SELECT run('[{"id": 1, "type": "sql_pipe", "params": {"query": "SELECT 1 WHERE $in.n = 5"}, "outs": {"success": 2}}, {"id": 2, "type": "log", "params": {"message": "$in.sql_query"}}]',
           '{"n": 5}', '{"SELECT 1 WHERE $1 = 5": [{"a": 1}]}');

-- Put off: a row of its own.
SELECT pipeline_set('wall', 'schedule', '[{"id": 1, "type": "log", "params": {"message": "$origin.test"}}]') - 'version';
SELECT run('[{"id": 801, "type": "scheduled", "params": {"pipe_id": 1, "template": {"test": "$in.n", "typed": "$#in.n"}, "delay": 1000}, "outs": {"success": 802}},
             {"id": 802, "type": "log", "params": {"message": "goes on at once"}}]', '{"n": 5}');
SELECT pipe_id, doc, generation, run_at > now() + interval '990 seconds' FROM pipe_schedule;

-- What went to the log.
SELECT pipeline, pipe_id, level, prefix ~ '^\d+\|\d+$' AS own_prefix, message FROM pipe_log ORDER BY id;

-- All of it is the caller's: undone with her transaction.
BEGIN;
SELECT run('[{"id": 1, "type": "log", "params": {"prefix": "P|", "message": "undone", "level": "trace"}}]', '{}');
SELECT prefix, level FROM pipe_log WHERE message = 'undone';
ROLLBACK;
SELECT count(*) FROM pipe_log WHERE message = 'undone';

-- Refused.
\set VERBOSITY verbose
SELECT pipeline_run_now('nowhere', 'listener', '{}');
SELECT pipeline_run_now('wall', 'stop', '{}');
SELECT pipeline_run_now('wall', 'other', '{}');
SELECT pipeline_run_now('wall', 'listener', '[]');
SELECT pipeline_run_now('wall', 'listener', '{}', '[]');
SELECT pipeline_run_now('wall', 'category.list', '{}');
SELECT pipeline_trace(1);
