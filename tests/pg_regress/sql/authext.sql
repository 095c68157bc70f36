-- authext_*: credentials of other systems. No answer and no error shows a secret.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT authext_create('{"login": "My app", "type": 16, "auth": {"fcm": {"key": "hidden-1"}}}');
SELECT authext_create('{"login": "warehouse", "type": "2", "auth": {"password": "hidden-2"}, "status": 0, "reltype": "import", "relref": "7"}');
SELECT authext_list();
SELECT authext_list('{"filter": [{"a": "type", "op": "==", "v": 2}, {"a": "reltype", "op": "!is_null"}]}');
SELECT authext_list('{"order": ["-login"], "first": 1}') #> '{list,0,login}', authext_list('{"order": ["-login"], "first": 1, "skip": 1}');
SELECT refusal('SELECT authext_list(''{"filter": [{"a": "auth", "op": "==", "v": 1}]}'')'), refusal('SELECT authext_list(''{"first": 51}'')');
SELECT authext_get('{"id": "2"}');
SELECT auth FROM member.authext ORDER BY id;

-- What is not given stays.
SELECT authext_set('{"id": 2, "status": 1}');
SELECT authext_get('{"id": 2}');
SELECT authext_set('{"id": 1, "login": "Our app", "auth": {"hms": {"key": "hidden-3"}}}');
SELECT authext_get('{"id": 1}');
SELECT auth FROM member.authext ORDER BY id;

SELECT authext_delete('{"id": 1}');
SELECT authext_list();
SELECT refusal('SELECT authext_get(''{"id": 1}'')'), refusal('SELECT authext_set(''{"id": 1}'')'), refusal('SELECT authext_delete(''{"id": 1}'')'), refusal('SELECT authext_get(''{}'')');
SELECT refusal(format('SELECT authext_create(''%s'')', request)) FROM unnest(ARRAY['{"type": 1, "auth": {}}', '{"login": "a", "auth": {}}', '{"login": "a", "type": 1}', '{"login": "a", "type": 1, "auth": "secret"}', '{"login": "a", "type": 3000000000, "auth": {}}', '{"login": "a", "type": 1, "auth": {}, "status": 5}']) WITH ORDINALITY AS t (request, n) ORDER BY n;
-- A number is not given twice.
SELECT authext_create('{"login": "a", "type": 1, "auth": {}}');
SELECT member_api('{"action": "authext.list"}') -> 'list' = authext_list() -> 'list';

-- Its table is the owner's alone.
CREATE ROLE authext_reader;
SELECT member_grant('authext_reader', 'admin');
SET ROLE authext_reader;
SELECT authext_list() #>> '{list,0,login}';
SELECT auth FROM member.authext;
RESET ROLE;
SELECT member_revoke('authext_reader', 'read');
DROP ROLE authext_reader;
