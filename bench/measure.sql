-- What the benches share: two statements run in turn, the medians and their ratio in one line.
SET jit = off;
SET client_min_messages = info;
CREATE SCHEMA bench;

-- The time of one execution in milliseconds.
CREATE FUNCTION bench.time_of(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz := clock_timestamp();
BEGIN
    EXECUTE statement;
    RETURN extract(epoch FROM clock_timestamp() - begun) * 1000;
END $$;

-- Runs ours and theirs in turn, `rounds` times after one for warming up; `calls` is how many each execution makes.
CREATE PROCEDURE bench.compare(name text, ours text, theirs text, calls bigint, goal text, rounds int DEFAULT 7)
LANGUAGE plpgsql AS $$
DECLARE
    a float8[] := '{}';
    b float8[] := '{}';
    mine float8;
    other float8;
BEGIN
    FOR round IN 0 .. rounds LOOP
        mine := bench.time_of(ours);
        COMMIT; -- so that the versions that each leaves behind can be pruned
        other := bench.time_of(theirs);
        COMMIT;
        IF round > 0 THEN
            a := a || mine;
            b := b || other;
        END IF;
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) INTO mine FROM unnest(a) x;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) INTO other FROM unnest(b) x;
    RAISE INFO '%', format('%-46s ours %8s us  theirs %8s us  theirs/ours %6s  goal %s',
        name, round((mine * 1000 / calls)::numeric, 2), round((other * 1000 / calls)::numeric, 2),
        round((other / mine)::numeric, 2), goal);
END $$;
