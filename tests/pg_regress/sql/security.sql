-- The switch to the owner's rights: it ends with every call, also one that fails, and nothing of the caller's gets into it.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE ROLE regress_intruder;
SELECT member_grant('regress_intruder', 'admin');
CREATE SCHEMA evil AUTHORIZATION regress_intruder;
SELECT member_set('a@test.ru', '[["x", "set", 1]]') ->> 'newbie';

-- The caller is the caller again, whatever happened.
SET ROLE regress_intruder;
SELECT member_set('a@test.ru', '[["x", "set", 2]]') ->> 'newbie', current_user;
SELECT member_set('a@test.ru', '[["x.y", "set", 2]]');
SELECT current_user, refusal('SELECT * FROM member.body');
SELECT refusal('SELECT member_set(''a@test.ru'', ''[["x.y", "set", 2]]'')'), current_user, refusal('SELECT * FROM member.body');
SELECT refusal('SELECT member_delete(''{}'')'), refusal('SELECT origin_get(''{"id": 5}'')'), refusal('SELECT sys_settings_set(''{"list": {"x": 1}}'')'), refusal('SELECT member_grant(''nobody'', ''read'')'), current_user;
SELECT member_api('{"action": "member.get", "email": "nobody@test.ru", "datakey": "x"}') -> 'errors' -> 0 -> 'id', current_user, refusal('SELECT * FROM member.body');
BEGIN;
SAVEPOINT s;
SELECT member_set('{"email": "a@test.ru", "if_exists": "error"}');
ROLLBACK TO s;
SELECT current_user, refusal('SELECT * FROM member.body');
COMMIT;
SELECT count(*) FROM member_check() HAVING current_user = 'regress_intruder';
SELECT refusal('SELECT * FROM member.body');

-- Objects of the same names, first in the caller's search_path: tables, functions, operators, types, a cast.
CREATE TABLE evil.seen (what text);
CREATE FUNCTION evil.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.seen VALUES (what || ' as ' || current_user); RETURN true; END $$;
CREATE TABLE evil.address (value text, addr_type text, id bigint, dataset bigint);
CREATE TABLE evil.body (dataset bigint, data jsonb);
CREATE TABLE evil.head (dataset bigint, id bigint);
CREATE TABLE evil.setting (name text, value jsonb);
CREATE TABLE evil.event (id bigint);
CREATE TABLE evil.origin (id int, label text, name text);
CREATE TABLE evil.pg_extension (extname name, extnamespace oid);
CREATE FUNCTION evil.nextval(regclass) RETURNS bigint LANGUAGE sql AS $$ SELECT CASE WHEN evil.note('nextval') THEN 666::bigint END $$;
CREATE FUNCTION evil.to_jsonb(anyelement) RETURNS jsonb LANGUAGE sql AS $$ SELECT CASE WHEN evil.note('to_jsonb') THEN '{}'::jsonb END $$;
CREATE FUNCTION evil.has_function_privilege(oid, oid, text) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.note('has_function_privilege') $$;
CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.note('text =') $$;
CREATE FUNCTION evil.eq(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.note('bigint =') $$;
CREATE FUNCTION evil.gt(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.note('bigint >') $$;
CREATE FUNCTION evil.band(smallint, smallint) RETURNS smallint LANGUAGE sql AS $$ SELECT CASE WHEN evil.note('smallint &') THEN 0::smallint END $$;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.eq);
CREATE OPERATOR evil.> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.gt);
CREATE OPERATOR evil.& (LEFTARG = smallint, RIGHTARG = smallint, FUNCTION = evil.band);
CREATE DOMAIN evil.jsonb AS text;
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (evil.note('domain text'));
-- Called from a new session, so that nothing is prepared yet.
\connect -
SET ROLE regress_intruder;
SET search_path = evil, pg_catalog, public;
SELECT public.member_set('{"email": "b@test.ru", "datakey": [["x", "set", 1], ["member.lockconfirm", "set", 1]], "return_fresh_obj": 1}'::pg_catalog.jsonb) -> 'newbie';
SELECT public.member_set('b@test.ru'::pg_catalog.text, '[["x", "set", 2]]'::pg_catalog.jsonb) -> 'newbie';
SELECT public.member_get('b@test.ru'::pg_catalog.text, 'x'::pg_catalog.text), public.member_get('{"email": 1, "addr_type": "dataset"}'::pg_catalog.jsonb) -> 'data';
SELECT public.member_exists('{"email": "b@test.ru"}'::pg_catalog.jsonb), public.member_find('{"email": "b@test.ru"}'::pg_catalog.jsonb) -> 'list' -> 0 -> 'email';
SELECT public.origin_create('{"label": "l"}'::pg_catalog.jsonb);
SELECT public.origin_set('{"id": "l", "label": "m"}'::pg_catalog.jsonb), public.origin_list('{}'::pg_catalog.jsonb), public.origin_delete('{"id": "m"}'::pg_catalog.jsonb);
SELECT public.sys_settings_set('{"list": {"member.tarif.limit": 1, "member.noconfirm.limit": 1}}'::pg_catalog.jsonb);
SELECT public.sys_settings_get('{}'::pg_catalog.jsonb);
SELECT public.address_check('9211234567'::pg_catalog.text) -> 'syntax', public.numbering_range_load(E'h;h;h;h;h;h;h;h\n921;0000000;9999999;10000000;A;B;C;1\n'::pg_catalog.text);
SELECT public.address_check('9211234567'::pg_catalog.text) -> 'syntax', public.address_check('9111234567'::pg_catalog.text) -> 'syntax';
SELECT public.member_set('{"email": "c@test.ru"}'::pg_catalog.jsonb) -> 'newbie', public.member_api('{"action": "member.delete", "list": ["c@test.ru", "b@test.ru"], "wipe": 1}'::pg_catalog.jsonb) -> 'list';
SELECT * FROM public.member_check();
SELECT public.member_api('{"action": "batch", "do": [{"action": "member.find", "email": "a@test.ru"}]}'::pg_catalog.jsonb) -> 'result' -> 0 -> 'list' -> 0 -> 'email';
SELECT public.member_grant('regress_intruder', 'read'::pg_catalog.text), public.member_revoke('regress_intruder', 'admin'::pg_catalog.text);
-- A table of the caller's, with a type whose cast to json is the caller's: it runs with the caller's rights.
RESET search_path;
CREATE TYPE evil.trap AS ENUM ('a');
CREATE FUNCTION evil.trap_json(evil.trap) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.note('cast'); RETURN '"trap"'::json; END $$;
CREATE CAST (evil.trap AS json) WITH FUNCTION evil.trap_json(evil.trap);
CREATE TABLE evil.customer (mail pg_catalog.text, t evil.trap);
CREATE TRIGGER t AFTER INSERT ON evil.customer FOR EACH ROW EXECUTE FUNCTION member_sync('address=mail', 'data:t=t');
SET search_path = evil, pg_catalog, public;
INSERT INTO evil.customer VALUES ('t@test.ru', 'a');
SELECT public.member_get('t@test.ru'::pg_catalog.text, 't'::pg_catalog.text);
-- member_check shows what is broken, and runs nothing of the caller's.
RESET ROLE;
RESET search_path;
INSERT INTO member.journal VALUES (1000, now(), 'by hand', 1001, NULL, '[]', '[]', NULL);
INSERT INTO member.body VALUES (1000, 1, now(), now(), NULL, NULL, NULL, '{}');
GRANT EXECUTE ON FUNCTION public.member_check() TO regress_intruder;
SET ROLE regress_intruder;
SET search_path = evil, pg_catalog, public;
SELECT * FROM public.member_check();
RESET ROLE;
RESET search_path;
DELETE FROM member.body WHERE dataset = 1000;
DELETE FROM member.journal;
-- Of all traps only the cast was sprung, and that with the caller's rights.
SELECT DISTINCT what FROM evil.seen ORDER BY what;
SELECT (SELECT count(*) FROM evil.address), (SELECT count(*) FROM evil.body), (SELECT count(*) FROM evil.event);
SELECT value, dataset IS NOT NULL FROM member.address ORDER BY id;
SELECT * FROM member_check();

DROP OWNED BY regress_intruder CASCADE;
DROP ROLE regress_intruder;
