-- Rights: EXECUTE is the permission. member_grant gives the calls of a level, member_revoke takes them.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE ROLE regress_nobody;
CREATE ROLE regress_reader;
CREATE ROLE regress_writer;
CREATE ROLE "regress Admin";

-- What each role may execute of the extension.
CREATE FUNCTION granted(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT p.oid::regprocedure::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
     WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_member')
       AND has_function_privilege(who, p.oid, 'EXECUTE') ORDER BY p.oid::regprocedure::text COLLATE "C" $$;

-- Everybody: the pure functions.
SELECT granted('public');

-- Three levels, each with those before it.
SELECT member_grant('regress_reader', 'read');
SELECT f FROM (SELECT granted('regress_reader') EXCEPT SELECT granted('public')) AS t(f) ORDER BY f COLLATE "C";
SELECT member_grant('regress_writer', 'write');
SELECT f FROM (SELECT granted('regress_writer') EXCEPT SELECT granted('regress_reader')) AS t(f) ORDER BY f COLLATE "C";
SELECT member_grant('regress Admin', 'admin');
SELECT f FROM (SELECT granted('regress Admin') EXCEPT SELECT granted('regress_writer')) AS t(f) ORDER BY f COLLATE "C";
-- Every function has a level.
SELECT p.oid::regprocedure FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_member')
  AND p.oid NOT IN (SELECT signature::regprocedure FROM member.call);
-- All run with the rights of the caller as SQL sees it.
SELECT proname FROM pg_proc p JOIN member.call c ON c.signature::regprocedure = p.oid WHERE p.prosecdef OR NOT p.proconfig IS NULL;

-- At work. Nobody has a right on the tables themselves.
SET ROLE regress_nobody;
SELECT email_normalize('A@test.ru'), phone_normalize('9211234567'), address_normalize('9211234567') ->> 'email', address_check('a@test.ru') ->> 'syntax', datakey_apply('{}', '[["a", "set", 1]]'), datakey_get('{"a": 1}', 'a'), template_render('"$in.a"', '{"in": {"a": 1}}'), jsonql('a = 1', '{"a": 1}');
SELECT call, refusal(call) FROM unnest(ARRAY['SELECT member_set(''a@test.ru'', ''[]'')', 'SELECT member_get(''a@test.ru'')', 'SELECT member_exists(''{"email": "a@test.ru"}'')', 'SELECT member_find(''{"email": "a@test.ru"}'')',
    'SELECT member_delete(''{"email": "a@test.ru"}'')', 'SELECT member_api(''{"action": "ping"}'')', 'SELECT origin_list()', 'SELECT origin_create(''{"label": "x"}'')', 'SELECT sys_settings_get()', 'SELECT sys_settings_set(''{"list": {}}'')',
    'SELECT numbering_range_load('''')', 'SELECT * FROM member_check()', 'SELECT member_grant(''regress_nobody'', ''read'')', 'SELECT * FROM member_stats', 'SELECT * FROM member.body', 'SELECT nextval(''member.address_id'')']) AS call;
SET ROLE regress_reader;
SELECT member_exists('{"email": "a@test.ru"}'), origin_list(), sys_settings_get('{"list": ["email.utf8"]}');
SELECT refusal('SELECT member_set(''a@test.ru'', ''[]'')'), refusal('SELECT member_delete(''{"email": "a@test.ru"}'')'), refusal('SELECT * FROM member.address'), refusal('SELECT member_check()');
SELECT count(*) > 0 FROM member_stats;
SET ROLE regress_writer;
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';
SELECT member_get('a@test.ru', 'x'), member_delete('{"email": "nobody@test.ru"}');
SELECT refusal('SELECT origin_create(''{"label": "x"}'')'), refusal('SELECT sys_settings_set(''{"list": {}}'')'), refusal('UPDATE member.body SET data = ''{}'''), refusal('INSERT INTO member.setting VALUES (''x'', ''1'')'),
       refusal('SELECT * FROM member.event'), refusal('TRUNCATE member.address'), refusal('SELECT setval(''member.address_id'', 1)'), refusal('CREATE TABLE member.mine ()'), refusal('SELECT member_grant(''regress_writer'', ''admin'')');
SET ROLE "regress Admin";
SELECT origin_create('{"label": "x"}'), sys_settings_set('{"list": {"email.utf8": 1}}'), numbering_range_load(E'h;h;h;h;h;h;h;h\n');
SELECT * FROM member_check();
SELECT refusal('DELETE FROM member.body');
-- An administrator may grant.
SELECT member_grant('regress_nobody', 'read');
RESET ROLE;
SELECT count(*) FROM (SELECT granted('regress_nobody') EXCEPT SELECT granted('regress_reader')) AS more;

-- Granting is repeatable; revoking takes a level and those above it.
SELECT member_grant('regress_nobody', 'read'), member_grant('regress_nobody', 'admin');
SELECT member_revoke('regress_nobody', 'write');
SELECT (SELECT count(*) FROM granted('regress_nobody')) = (SELECT count(*) FROM granted('regress_reader'));
SELECT member_revoke('regress_nobody', 'read'), member_revoke('regress_nobody', 'read');
SELECT (SELECT count(*) FROM granted('regress_nobody')) = (SELECT count(*) FROM granted('public')), has_table_privilege('regress_nobody', 'member_stats', 'SELECT');
-- The pure ones are everybody's still.
SET ROLE regress_nobody;
SELECT email_normalize('A@test.ru');
RESET ROLE;

SELECT refusal('SELECT member_grant(''regress_nobody'', ''owner'')'), refusal('SELECT member_grant(''regress_nobody'', ''pure'')'), refusal('SELECT member_revoke(''regress_nobody'', '''')'),
       refusal('SELECT member_grant(''regress_unknown'', ''read'')'), refusal('SELECT member_revoke(''regress_unknown'', ''read'')');
SELECT member_grant(NULL, 'read'), member_grant('regress_nobody', NULL);

-- A role inherits what its groups may.
GRANT regress_reader TO regress_nobody;
SET ROLE regress_nobody;
SELECT member_get('a@test.ru', 'x');
RESET ROLE;

-- The functions of a caller's level can be granted one by one too.
REVOKE regress_reader FROM regress_nobody;
GRANT EXECUTE ON FUNCTION member_exists(jsonb) TO regress_nobody;
SET ROLE regress_nobody;
SELECT member_exists('{"email": "a@test.ru"}');
SELECT refusal('SELECT member_get(''a@test.ru'')');
RESET ROLE;

DROP OWNED BY regress_nobody, regress_reader, regress_writer, "regress Admin";
DROP ROLE regress_nobody, regress_reader, regress_writer, "regress Admin";
