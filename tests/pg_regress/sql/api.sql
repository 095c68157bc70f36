-- member_api: a whole wire request; errors come back as data.
\set ECHO none
\i helper.sql
\set ECHO all
-- A reply without duration, and that it was a number.
CREATE FUNCTION api(request jsonb) RETURNS TABLE (reply jsonb, duration text) LANGUAGE sql AS $$
    SELECT r - 'duration', jsonb_typeof(r -> 'duration') FROM member_api(request) AS r $$;

SELECT * FROM api('{"action": "ping"}');
SELECT * FROM api('{"action": "ping", "request.id": "abc-1"}');
SELECT * FROM api('{"action": "ping", "request.id": {"any": [1.10]}}');

-- Every action.
SELECT * FROM api('{"action": "member.set", "email": "a@test.ru", "datakey": [["x", "set", 1.10]], "request.id": 7, "session": "s", "apikey": "k", "one_time_auth": {"login": "l"}}');
SELECT * FROM api('{"action": "member.get", "email": "a@test.ru", "datakey": "x"}');
SELECT * FROM api('{"action": "member.get", "email": "a@test.ru", "datakey": ["x", "y"]}');
SELECT * FROM api('{"action": "member.exists", "list": ["a@test.ru", "b@test.ru", "nobody"]}');
SELECT * FROM api('{"action": "member.find", "email": "a@test.ru"}');
SELECT * FROM api('{"action": "origin.create", "label": "site"}');
SELECT * FROM api('{"action": "origin.list"}');
SELECT * FROM api('{"action": "origin.get", "id": "site"}');
SELECT * FROM api('{"action": "origin.set", "id": 1, "name": "The site"}');
SELECT * FROM api('{"action": "origin.delete", "id": 1}');
SELECT * FROM api('{"action": "sys.settings.set", "list": {"member.tarif.limit": 100}}');
SELECT * FROM api('{"action": "sys.settings.get", "list": ["member.tarif.limit"]}');
SELECT * FROM api('{"action": "member.delete", "email": "a@test.ru"}');

-- Refusals as data, with no other key but the envelope's.
SELECT * FROM api('{"action": "member.get", "email": "a@test.ru", "datakey": "x", "request.id": "r"}');
SELECT * FROM api('{"action": "member.set", "email": "a@@b.ru"}');
SELECT * FROM api('{"action": "member.set"}');
SELECT * FROM api('{"action": "member.set", "email": "a@test.ru", "datakey": [["x", "set", 1], ["x.y", "set", 1]]}');
SELECT * FROM api('{"action": "member.set", "email": "a@test.ru", "newbie.letter.confirm": 5}');
SELECT member_exists('{"email": "a@test.ru"}') -> 'list';
-- A warning is a warning here too.
SELECT * FROM api('{"action": "member.set", "email": "a@test.ru", "no_such_parameter": 1}');

-- What is no request.
SELECT * FROM api('{}');
SELECT * FROM api('{"action": 5}');
SELECT * FROM api('{"action": ""}');
SELECT * FROM api('{"action": "member.unknown", "request.id": 1}');
SELECT * FROM api('{"action": "member_set", "email": "a@test.ru"}');
SELECT * FROM api('[]');
SELECT * FROM api('"ping"');
SELECT member_api(NULL);

-- batch: the requests in order; each answer holds its own errors.
SELECT (answer - 'duration') FROM jsonb_array_elements(member_api('{"action": "batch", "do": [
    {"action": "member.set", "email": "b@test.ru", "datakey": [["x", "set", 1]], "request.id": "first"},
    {"action": "member.set", "email": "b@test.ru", "datakey": [["x.y", "set", 1]]},
    {"action": "no.such"},
    5,
    {"action": "member.get", "email": "b@test.ru", "datakey": "x"},
    {"action": "member.set", "email": "b@test.ru", "datakey": [["x", "set", 2]]},
    {"action": "member.delete", "email": "b@test.ru"},
    {"action": "member.exists", "email": "b@test.ru"}
]}') -> 'result') AS answer;
SELECT * FROM api('{"action": "batch", "do": [], "request.id": "empty"}');
-- stop_on_error: the first that fails is the last that is answered; what was done before stays.
SELECT jsonb_agg(answer - 'duration') FROM jsonb_array_elements(member_api('{"action": "batch", "stop_on_error": 1, "do": [
    {"action": "member.set", "email": "c@test.ru"}, {"action": "member.set", "email": "c"}, {"action": "member.set", "email": "d@test.ru"}]}') -> 'result') AS answer;
SELECT member_exists('{"list": ["c@test.ru", "d@test.ru"]}');
SELECT jsonb_array_length(member_api('{"action": "batch", "stop_on_error": 0, "do": [{"action": "member.set", "email": "c"}, {"action": "ping"}]}') -> 'result');
-- What is no batch.
SELECT * FROM api('{"action": "batch"}');
SELECT * FROM api('{"action": "batch", "do": {}}');
SELECT * FROM api('{"action": "batch", "do": [], "stop_on_error": 5}');
SELECT * FROM api('{"action": "batch", "do": [{"action": "ping"}, {"action": "batch", "do": []}]}');

-- Only what each role may: member_api is granted with read.
CREATE ROLE regress_api_reader;
SELECT member_grant('regress_api_reader', 'read');
GRANT EXECUTE ON FUNCTION api(jsonb) TO regress_api_reader;
SET ROLE regress_api_reader;
SELECT * FROM api('{"action": "member.exists", "email": "c@test.ru"}');
SELECT * FROM api('{"action": "member.set", "email": "c@test.ru", "datakey": [["x", "set", 1]], "request.id": 5}');
SELECT * FROM api('{"action": "origin.create", "label": "x"}');
SELECT * FROM api('{"action": "sys.settings.set", "list": {}}');
SELECT jsonb_agg(answer - 'duration') FROM jsonb_array_elements(member_api('{"action": "batch", "do": [{"action": "ping"}, {"action": "member.delete", "email": "c@test.ru"}]}') -> 'result') AS answer;
RESET ROLE;
SELECT member_exists('{"email": "c@test.ru"}') -> 'list';
DROP OWNED BY regress_api_reader;
DROP ROLE regress_api_reader;

-- The server's own refusals are no data: they reach the transaction.
BEGIN READ ONLY;
SELECT member_api('{"action": "member.set", "email": "e@test.ru"}');
ROLLBACK;
SELECT * FROM member_check();
