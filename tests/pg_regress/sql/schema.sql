-- What the extension is made of: everything has a comment, every table and sequence is dumped, functions say what they are.
\set ECHO none
\i helper.sql
\set ECHO all
CREATE VIEW parts AS SELECT classid, objid FROM pg_depend WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_member');

-- Without a comment: functions, relations, columns, schemas; the extension itself.
SELECT objid::regprocedure FROM parts WHERE classid = 'pg_proc'::regclass AND obj_description(objid, 'pg_proc') IS NULL;
SELECT c.oid::regclass FROM parts JOIN pg_class c ON c.oid = objid WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'v', 'm', 'S') AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT attrelid::regclass, attname FROM parts JOIN pg_class c ON c.oid = objid JOIN pg_attribute a ON a.attrelid = c.oid
WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL;
SELECT objid::regnamespace FROM parts WHERE classid = 'pg_namespace'::regclass AND obj_description(objid, 'pg_namespace') IS NULL;
SELECT extname FROM pg_extension WHERE extname = 'pg_member' AND obj_description(oid, 'pg_extension') IS NULL;

-- Of the schema member: what is not part of the extension, and what is not registered for dumps.
SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm') AND c.oid NOT IN (SELECT objid FROM parts);
SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p', 'S')
   AND NOT c.oid = ANY (SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'pg_member');
-- Of dictionaries only what the user added.
SELECT config::regclass, condition FROM pg_extension, unnest(extconfig, extcondition) AS t(config, condition) WHERE extname = 'pg_member' AND condition <> '';

-- The tables, without the slots of the log.
SELECT c.oid::regclass, relkind FROM pg_class c WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p', 'S', 'v') AND NOT relispartition ORDER BY relkind, relname COLLATE "C";
SELECT count(*) FROM pg_inherits WHERE inhparent = 'member.event'::regclass;
-- Nothing that fires, refers or numbers by itself; the body has no index but its key.
SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'member'::regnamespace)),
       (SELECT count(*) FROM pg_constraint WHERE connamespace = 'member'::regnamespace AND contype = 'f'),
       (SELECT count(*) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p')) AND (attidentity <> '' OR atthasdef));
SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'member.body'::regclass;

-- Volatility, parallel safety, strictness, security of each function.
SELECT p.oid::regprocedure::text COLLATE "C", CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
       CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END, CASE WHEN proisstrict THEN 'strict' END, CASE WHEN prosecdef THEN 'definer' ELSE 'invoker' END
FROM parts JOIN pg_proc p ON p.oid = objid WHERE classid = 'pg_proc'::regclass ORDER BY 1;

-- Nobody but the owner has a right on the schema.
SELECT nspacl FROM pg_namespace WHERE nspname = 'member';
SELECT c.oid::regclass, relacl FROM pg_class c WHERE relnamespace = 'member'::regnamespace AND relacl IS NOT NULL;

-- It goes as it came.
SELECT member_set('a@test.ru', '[]') ->> 'newbie';
DROP VIEW parts;
DROP EXTENSION pg_member;
SELECT count(*) FROM pg_namespace WHERE nspname = 'member';
CREATE EXTENSION pg_member;
SELECT member_exists('{"email": "a@test.ru"}');
DROP EXTENSION pg_member;
CREATE SCHEMA elsewhere;
CREATE EXTENSION pg_member SCHEMA elsewhere;
SELECT elsewhere.member_set('a@test.ru', '[]') ->> 'newbie', elsewhere.member_api('{"action": "member.exists", "email": "a@test.ru"}') -> 'errors';
SELECT elsewhere.member_grant('pg_monitor', 'read');
SELECT count(*) FROM pg_class WHERE oid = 'elsewhere.member_stats'::regclass;
SELECT elsewhere.member_revoke('pg_monitor', 'read');
SELECT * FROM elsewhere.member_check();
