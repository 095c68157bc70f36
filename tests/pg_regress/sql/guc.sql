-- The settings pg_member.*: defaults, bounds, and who may set them.
\set ECHO none
\i helper.sql
\set ECHO all
-- Loads the library.
SELECT email_normalize('a@test.ru');
SELECT name, current_setting(name), context, min_val, max_val, enumvals, short_desc <> '' AS described
FROM pg_settings WHERE name IN ('pg_member.time_zone', 'pg_member.default_region', 'pg_member.tld_check', 'pg_member.phone_check', 'pg_member.versioning',
    'pg_member.max_depth', 'pg_member.max_key_length', 'pg_member.max_operations', 'pg_member.max_result_size', 'pg_member.public_url') ORDER BY name;
-- None needs a restart.
SELECT name FROM pg_settings WHERE name LIKE 'pg_member.%' AND context = 'postmaster';
SHOW pg_member.max_result_size;

-- Bounds and forms.
SET pg_member.tld_check = 'maybe';
SET pg_member.phone_check = on;
SET pg_member.versioning = 'maybe';
SET pg_member.time_zone = 'Nowhere/Never';
SET pg_member.time_zone = '';
SET pg_member.default_region = 'nowhere';
SET pg_member.default_region = 'XX';
SET pg_member.default_region = '';
SET pg_member.default_region = 'de';
SHOW pg_member.default_region;
RESET pg_member.default_region;
SET pg_member.max_depth = 513;
SET pg_member.max_depth = -1;
SET pg_member.max_key_length = 65537;
SET pg_member.max_operations = 1000001;
SELECT refusal('SET pg_member.max_result_size = ''1kB'''), left(refusal('SET pg_member.max_result_size = ''1023B'''), 5), left(refusal('SET pg_member.max_result_size = ''256MB'''), 5);

-- Everybody may set the zone, the region and versioning for themselves; nobody else but superusers the rest.
CREATE ROLE regress_guc_user;
SET ROLE regress_guc_user;
SET pg_member.time_zone = 'UTC';
SET pg_member.default_region = 'DE';
SET pg_member.versioning = on;
SET pg_member.tld_check = off;
SET pg_member.phone_check = off;
SET pg_member.max_depth = 100;
SET pg_member.max_key_length = 100;
SET pg_member.max_operations = 100;
SET pg_member.max_result_size = '1MB';
SHOW pg_member.time_zone;
RESET ROLE;
RESET ALL;

-- Set before the library is loaded: kept where the role may, and where the value is one.
\connect -
SET ROLE regress_guc_user;
SET pg_member.time_zone = 'Asia/Tokyo';
SET pg_member.default_region = 'nowhere';
SET pg_member.tld_check = off;
SET pg_member.max_operations = 5;
SELECT address_check('a@test.nosuchtld') -> 'syntax';
SHOW pg_member.time_zone;
SHOW pg_member.default_region;
SHOW pg_member.tld_check;
SHOW pg_member.max_operations;
RESET ROLE;
DROP ROLE regress_guc_user;
RESET ALL;

-- In a function's or a transaction's scope, like any setting.
BEGIN;
SET LOCAL pg_member.default_region = 'DE';
SELECT phone_normalize('01512 3456789');
COMMIT;
SELECT refusal('SELECT phone_normalize(''01512 3456789'')');
