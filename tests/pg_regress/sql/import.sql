-- member_import: what is refused at once, and what waits for a worker. Workers do the rest: tests/workers/imports.rs.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT refusal(format('SELECT member_import(%L)', request)) FROM unnest(ARRAY[
    '{}', '{"users.list": "a@example.com", "uid": "x"}', '{"uid": "x"}', '{"uid": "00000000-0000-0000-0000-000000000000"}', '{"users.url": "ftp://example.com/x.csv"}',
    '{"users.list": "a@example.com", "express": 1, "no_member": 1}', '{"users.list": "a@example.com", "if_exists": "merge"}', '{"users.list": "a@example.com", "sequence.start": [77]}',
    '{"users.list": "a@example.com", "no_member": 1, "auto_group": {}}', '{"users.list": "a@example.com", "result": {"type": "url_file", "to": "ftp://example.com/x"}}', '{"users.list": "a@example.com", "result": {"type": "append", "id": 77}}',
    '{"users.list": "a@example.com", "clean_group": 1}']) WITH ORDINALITY AS t(request, n) ORDER BY n;
SELECT member_import('{"users.list": "a@example.com", "track.info": "first", "nothing": 1}') - 'track.id';
SELECT member_import('{"users.list": [["member.email"], ["a@example.com"]]}') ->> 'queue_position';
SELECT member_api('{"action": "member.import", "users.list": "a@example.com"}') ? 'track.id' AS api;
SELECT action, status, info, request - 'uid' FROM member.track ORDER BY id;
