-- A body: `sections` objects of eight keys each, as questionnaires are, with texts that make it the size asked for.
CREATE FUNCTION bench.body(sections int, width int, seed int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg('section' || s, fields)
      FROM (SELECT s, jsonb_object_agg('field' || f,
                CASE f % 3 WHEN 0 THEN to_jsonb((seed * 7919 + s * 31 + f) % 100000)
                           ELSE to_jsonb(left(repeat(md5((seed * 1000 + s * 10 + f)::text), 1 + width / 32), width)) END) AS fields
              FROM generate_series(1, sections) s, generate_series(1, 8) f GROUP BY s) parts
$$;

-- The n-th operation: one key of a section, in turn.
CREATE FUNCTION bench.program(operations int, sections int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_agg(jsonb_build_array(format('section%s.field%s', 1 + n % sections, 1 + n / sections % 8), 'set', n))
      FROM generate_series(0, operations - 1) n
$$;

CREATE FUNCTION bench.nested(operations int, sections int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT repeat('jsonb_set(', operations) || 'data'
        || string_agg(format(', ''{section%s,field%s}'', ''%s'')', 1 + n % sections, 1 + n / sections % 8, n), '' ORDER BY n)
      FROM generate_series(0, operations - 1) n
$$;

-- Few enough rows to stay in the processor's cache, many times over: what is measured is the call, not the scan.
CREATE PROCEDURE bench.datakey(name text, sections int, width int, rows int, goals text[]) LANGUAGE plpgsql AS $$
DECLARE
    operations int;
    ours text;
    theirs text;
    same boolean;
    size int;
    times int := 20;
BEGIN
    DROP TABLE IF EXISTS bench.bodies;
    CREATE TABLE bench.bodies (data jsonb COMPRESSION lz4); -- as member.body
    INSERT INTO bench.bodies SELECT bench.body(sections, width, n) FROM generate_series(1, rows) n;
    SELECT avg(pg_column_size(data || '{}'))::int INTO size FROM bench.bodies;
    FOR i IN 1 .. 3 LOOP
        operations := (ARRAY[1, 5, 20])[i];
        ours := format('datakey_apply(data, %L)', bench.program(operations, sections));
        theirs := bench.nested(operations, sections);
        EXECUTE format('SELECT bool_and(%s = %s) FROM bench.bodies', ours, theirs) INTO same;
        ASSERT same, 'the two do not give the same';
        CALL bench.compare(format('datakey_apply %s (%s B), %s operations', name, size, operations),
            format('SELECT count(%s) FROM bench.bodies, generate_series(1, %s)', ours, times),
            format('SELECT count(%s) FROM bench.bodies, generate_series(1, %s)', theirs, times),
            rows * times, goals[i]);
        COMMIT;
    END LOOP;
END $$;
CALL bench.datakey('small', 2, 8, 1000, '{>= 2,>= 4,>= 10}');
CALL bench.datakey('inline', 5, 20, 500, '{>= 3,>= 8,>= 20}');
CALL bench.datakey('toasted', 16, 56, 100, '{>= 2,>= 6,>= 18}');
CALL bench.datakey('toasted', 52, 100, 20, '{>= 2,>= 6,>= 18}');
