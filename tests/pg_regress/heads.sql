-- What the tests of several heads share. Read by each with \i after helper.sql, unseen.

-- Who there is: a line per body with its heads and data, the lists of a head in brackets; then the identifiers of nobody.
CREATE FUNCTION people() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    WITH heads AS (SELECT h.dataset, h.value || coalesce('[' || (SELECT string_agg(g.gid, ' ' ORDER BY g.gid) FROM member.group_member g
                                                               WHERE g.dataset = h.dataset AND g.id = h.id) || ']', '') AS shown
                     FROM member.head h)
    (SELECT format('%s: %s', string_agg(heads.shown, ' ' ORDER BY heads.shown), b.data)
       FROM member.body b JOIN heads USING (dataset) GROUP BY b.dataset ORDER BY min(heads.shown))
    UNION ALL
    SELECT 'nobody: ' || string_agg(value, ' ' ORDER BY value) FROM member.address WHERE dataset IS NULL HAVING count(*) > 0 $$;

-- A reply without numbers.
CREATE FUNCTION plain(reply jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT reply #- '{member,id}' #- '{member,dataset}' #- '{datakey,member}' $$;

-- What a call answers and makes of everybody; then it is taken back.
CREATE FUNCTION would(call text, request jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    reply jsonb;
    report text;
BEGIN
    EXECUTE format('SELECT %I($1)', call) INTO reply USING request;
    SELECT string_agg(line, E'\n  ') INTO report
      FROM (SELECT plain(reply)::text AS line UNION ALL SELECT people() UNION ALL SELECT c.problem || ' ' || c.detail FROM member_check() c) AS lines;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = report;
EXCEPTION
    WHEN SQLSTATE 'ZZ001' THEN RETURN SQLERRM;
    WHEN OTHERS THEN RETURN format('%s %s', SQLSTATE, SQLERRM);
END
$$;

-- A body by its first head.
CREATE FUNCTION body_name(number bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN number IS NULL THEN 'none' ELSE coalesce((SELECT min(value) FROM member.head WHERE dataset = number), 'gone') END $$;

-- The steps of a dry run or of member_explain, with names for bodies.
CREATE FUNCTION steps(reply jsonb) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s: %s -> %s', step ->> 'step', coalesce(step ->> 'address', '-'), body_name((step ->> 'from')::bigint), body_name((step ->> 'to')::bigint))
      FROM jsonb_array_elements(reply -> 'steps') WITH ORDINALITY AS s(step, n) ORDER BY n $$;

-- A journal row: the call, who received and gave, the steps, and whether it was undone.
CREATE FUNCTION row_text(j member.journal) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s: %s from %s; %s%s', j.call, body_name(j.dataset), body_name(j.source_dataset),
                  (SELECT string_agg(concat_ws(' ', step ->> 'step', (SELECT value FROM member.address WHERE id = (step ->> 'address')::bigint)), ', ' ORDER BY n)
                     FROM jsonb_array_elements(j.plan) WITH ORDINALITY AS s(step, n)),
                  CASE WHEN j.undone_by IS NOT NULL THEN '; undone' END) $$;

-- The number of the last journal row.
CREATE FUNCTION last_row() RETURNS bigint LANGUAGE sql AS 'SELECT max(id) FROM member.journal';
