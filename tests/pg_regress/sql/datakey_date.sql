-- Types: dates checked and written in one way, and moments relative to the present.
\set ECHO none
\i helper.sql
\set ECHO all

-- The value of one key after setting it with a type.
CREATE FUNCTION dated(value jsonb, type text) RETURNS text LANGUAGE sql AS $$
    SELECT datakey_apply('{}', jsonb_build_array(jsonb_build_array('d', 'set', value, type))) ->> 'd' $$;
-- The id of its refusal.
CREATE FUNCTION refused(value jsonb, type text) RETURNS text LANGUAGE sql AS $$
    SELECT split_part(refusal(format('SELECT dated(%L, %L)', value, type)), ':', 1) $$;

-- Every range of components.
SELECT type, value, dated(to_jsonb(value), type) FROM (VALUES
    (1, 'dt', '1971-5-4 3:2:1'), (2, 'dt:Ys', '1971-05-04 03:02:01'), (3, 'dt:Ym', '1971-5-4 3:2'), (4, 'dt:Yh', '1971-5-4 3'),
    (5, 'dt:YD', '1971-5-4'), (6, 'dt:YM', '1971-5'), (7, 'dt:YY', '1971'), (8, 'dt:Ms', '5-4 3:2:1'), (9, 'dt:Mm', '5-4 3:2'),
    (10, 'dt:Mh', '5-4 3'), (11, 'dt:MD', '5-4'), (12, 'dt:MM', '5'), (13, 'dt:Ds', '4 3:2:1'), (14, 'dt:Dm', '4 3:2'), (15, 'dt:Dh', '4 3'),
    (16, 'dt:DD', '4'), (17, 'dt:hs', '3:2:1'), (18, 'dt:hm', '3:2'), (19, 'dt:hh', '3'), (20, 'dt:ms', '2:1'), (21, 'dt:mm', '2'),
    (22, 'dt:ss', '1'), (23, 'dt:Ys', '1971-5-4T3:2:1')
) AS t(n, type, value) ORDER BY n;

-- No check: no type, an empty one, null.
SELECT datakey_apply('{}', '[["a", "set", "current"], ["b", "set", "1971-5-4", ""], ["c", "set", "x", null], ["d", "set", 5, ""]]');

-- The calendar is kept.
SELECT dated('"2024-2-29"', 'dt:YD'), dated('"2-29"', 'dt:MD'), dated('"31"', 'dt:DD'), dated('"23:59:59"', 'dt:hs'), dated('"0000-1-1"', 'dt:YD');

-- What is no date of the type.
SELECT type, value, refused(value, type) FROM (VALUES
    (1, 'dt', '"1971-5-4"'::jsonb), (2, 'dt', '""'), (3, 'dt', '"x"'), (4, 'dt', '5'), (5, 'dt', 'null'), (6, 'dt', '["1971-5-4 3:2:1"]'),
    (7, 'dt', '"71-5-4 3:2:1"'), (8, 'dt', '"1971-5-4 3:2:1 "'), (9, 'dt', '"1971-5-4 3:2:1.5"'), (10, 'dt', '"1971/5/4 3:2:1"'),
    (11, 'dt:YD', '"1971-5-4 3:2:1"'), (12, 'dt:YD', '"1971-13-1"'), (13, 'dt:YD', '"1971-0-1"'), (14, 'dt:YD', '"1971-4-31"'),
    (15, 'dt:YD', '"1971-2-29"'), (16, 'dt:YD', '"1900-2-29"'), (17, 'dt:YD', '"1971-005-4"'), (18, 'dt:YD', '"1971-5--4"'),
    (19, 'dt:MD', '"2-30"'), (20, 'dt:MD', '"4-31"'), (21, 'dt:DD', '"32"'), (22, 'dt:hs', '"24:0:0"'), (23, 'dt:hs', '"0:60:0"'), (24, 'dt:hs', '"0:0:60"'),
    (25, 'dt:YD', '"١٩٧١-5-4"'), (26, 'dt:YD', '"19711-5-4"'), (27, 'dt:YD', '"-971-5-4"')
) AS t(n, type, value) ORDER BY n;

-- What is no type.
SELECT type, refusal(format('SELECT datakey_apply(''{}'', ''[["d", "set", "1971-5-4", %s]]'')', type)) FROM unnest(ARRAY[
    '"int"', '"DT"', '"dt:"', '"dt:Y"', '"dt:sY"', '"dt:YX"', '"dt:YDh"', '"date"', '" dt"', '5', '["dt"]', 'false'
]) WITH ORDINALITY AS t(type, n) ORDER BY n;

-- The type works with every mode whose value is one text.
SELECT datakey_apply('{"d": "x"}', '[["d", "update", "1971-5-4", "dt:YD"], ["e", "insert", "1971-5-4", "dt:YD"], ["f", "push", "1971-5-4", "dt:YD"],
                                    ["f", "unshift", "1970-5-4", "dt:YD"]]');

-- Moments relative to the present: that of the statement, in pg_member.time_zone, whatever the session's zone.
SHOW pg_member.time_zone;
SET TimeZone = 'Pacific/Kiritimati';
CREATE FUNCTION here() RETURNS timestamp LANGUAGE sql AS $$
    SELECT statement_timestamp() AT TIME ZONE current_setting('pg_member.time_zone') $$;
SELECT dated('"current"', 'dt') = to_char(here(), 'YYYY-MM-DD HH24:MI:SS');
SELECT dated('"current"', 'dt:YD') = to_char(here(), 'YYYY-MM-DD');
SELECT dated('"current"', 'dt:hm') = to_char(here(), 'HH24:MI');
SELECT dated('"current - 1 month"', 'dt') = to_char(here() - interval '1 month', 'YYYY-MM-DD HH24:MI:SS');
SELECT dated('"current - 7 DAY"', 'dt') = to_char(here() - interval '7 days', 'YYYY-MM-DD HH24:MI:SS');
SELECT dated('"CURRENT+1YEAR-2quarters"', 'dt:YM') = to_char(here() + interval '1 year' - interval '6 months', 'YYYY-MM');
SELECT dated('"current + 1 week"', 'dt:YD') = to_char(here() + interval '7 days', 'YYYY-MM-DD');
SELECT dated('"current - 2 hours"', 'dt') = to_char(here() - interval '2 hours', 'YYYY-MM-DD HH24:MI:SS');
SELECT dated('"current + 90 minutes"', 'dt') = to_char(here() + interval '90 minutes', 'YYYY-MM-DD HH24:MI:SS');
SELECT dated('"current - 100 seconds"', 'dt') = to_char(here() - interval '100 seconds', 'YYYY-MM-DD HH24:MI:SS');

-- The expression's own precision wins over the type's.
SELECT dated('"current:YD + 25 days"', 'dt') = to_char(here() + interval '25 days', 'YYYY-MM-DD');
SELECT dated('"current:Yh"', 'dt:YD') = to_char(here(), 'YYYY-MM-DD HH24');
SELECT dated('"current:MD"', 'dt') = to_char(here(), 'MM-DD');

-- Another zone.
SET pg_member.time_zone = 'Asia/Vladivostok';
SELECT dated('"current"', 'dt') = to_char(here(), 'YYYY-MM-DD HH24:MI:SS');
RESET pg_member.time_zone;

-- One moment for all of a call.
SELECT count(DISTINCT value) FROM jsonb_each_text(datakey_apply('{}',
    (SELECT jsonb_agg(jsonb_build_array('k' || n, 'set', 'current', 'dt')) FROM generate_series(1, 1000) AS n)));
BEGIN;
SELECT count(DISTINCT dated('"current"', 'dt')) FROM generate_series(1, 1000);
COMMIT;

-- What is no expression.
SELECT value, refused(to_jsonb(value), 'dt') FROM unnest(ARRAY[
    'current 1 day', 'current - day', 'current - 1', 'current - 1 fortnight', 'current:X', 'current:DY', 'current:', 'currently', 'now',
    'current - 1 day tomorrow', 'current - 1.5 days', 'current + 99999999999999999999 days', 'current + 100000 years'
]) WITH ORDINALITY AS t(value, n) ORDER BY n;
