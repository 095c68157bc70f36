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

-- Several heads on one body, made by hand: without journal, events and versions. Moves identifiers that exist to the body of the first.
CREATE FUNCTION join_heads(receiver text, VARIADIC others text[]) RETURNS void LANGUAGE sql AS $$
    WITH target AS (SELECT dataset FROM member.address WHERE value = receiver),
         moved AS (SELECT a.id, a.dataset AS was FROM member.address a WHERE a.value = ANY (others)),
         heads AS (UPDATE member.head h SET dataset = (SELECT dataset FROM target) FROM moved WHERE h.id = moved.id),
         lists AS (UPDATE member.group_member g SET dataset = (SELECT dataset FROM target) FROM moved WHERE g.id = moved.id),
         bodies AS (DELETE FROM member.body b USING moved WHERE b.dataset = moved.was)
    UPDATE member.address a SET dataset = (SELECT dataset FROM target) FROM moved WHERE a.id = moved.id $$;

-- The data after a program, or the id of the refusal.
CREATE FUNCTION try(data jsonb, program jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN datakey_apply(data, program);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
CREATE FUNCTION try(data jsonb, program jsonb, copy_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN datakey_apply(data, program, copy_data);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;

\pset format unaligned
\pset tuples_only on
\pset null NULL
