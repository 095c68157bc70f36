-- Every error: its id, its SQLSTATE, and what to do about it.
\set ECHO none
\i helper.sql
\set ECHO all
SELECT sqlstate, id FROM member_errors();
-- Each has a hint, ids and states are one to one, and states are of the project's own class, but for the one that asks to repeat the transaction.
SELECT count(*) - count(DISTINCT id), count(*) - count(DISTINCT sqlstate), count(*) FILTER (WHERE hint IS NULL OR hint !~ '\.$') FROM member_errors();
SELECT id, sqlstate FROM member_errors() WHERE sqlstate !~ '^PM[0-9]{3}$';
SELECT id FROM member_errors() WHERE id !~ '^error/[a-z_]+(/[a-z0-9_]+)+$';

-- As it comes: message, DETAIL, HINT, SQLSTATE.
SELECT member_get('nobody@test.ru');
DO $$
DECLARE
    detail text;
    hint text;
BEGIN
    PERFORM member_get('nobody@test.ru');
EXCEPTION WHEN SQLSTATE 'PM201' THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RAISE NOTICE '% | % | % | %', SQLSTATE, SQLERRM, detail, hint;
END
$$;
