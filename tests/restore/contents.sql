-- One line for each table of the schema `member`: its rows, counted and digested in a fixed order; and one for each
-- sequence: where it stands.
\set QUIET on
SET timezone = 'UTC';
-- Where and when the extension was made is what a copy has of its own.
SELECT format($$SELECT %L, count(*), md5(coalesce(string_agg(t::text, E'\n' ORDER BY t::text COLLATE "C"), '')) FROM member.%I AS t %s$$,
              relname, relname, CASE relname WHEN 'event_seen' THEN 'WHERE id > 0' END)
FROM pg_class WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname COLLATE "C"
\gexec
SELECT format('SELECT %L, last_value, is_called FROM member.%I', relname, relname)
FROM pg_class WHERE relnamespace = 'member'::regnamespace AND relkind = 'S' ORDER BY relname COLLATE "C"
\gexec
