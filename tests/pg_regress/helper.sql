-- What the regression tests share. Read by each with \i, unseen.

-- How a statement is refused: "SQLSTATE id: detail". Of the extension's errors only what member_errors() lists, with
-- this SQLSTATE and this hint, is shown so; anything else as "SQLSTATE message".
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    explain text;
    advice text;
BEGIN
    EXECUTE statement;
    RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        explain = PG_EXCEPTION_DETAIL, advice = PG_EXCEPTION_HINT;
    IF EXISTS (SELECT FROM member_errors() e WHERE e.id = message AND e.sqlstate = state AND e.hint = advice) THEN
        RETURN format('%s %s: %s', state, message, explain);
    END IF;
    RETURN format('%s %s', state, message);
END
$$;

-- A document without what the clock decides.
CREATE FUNCTION timeless(document jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT document #- '{member,create,time}' #- '{member,update,time}' $$;

\pset format unaligned
\pset tuples_only on
\pset null NULL
