-- The same events in a queue of pgq, in one transaction, as ours are.
CREATE EXTENSION pgq;
SELECT pgq.create_queue('events'), pgq.register_consumer('events', 'reader'), pgq.ticker('events') \g /dev/null
SELECT count(pgq.insert_event('events', 'click', bench.envelope(n))) FROM generate_series(1, :events) n \g /dev/null

-- Reads as consumers do: tick, take a batch, read it, finish it, until there is none. Inside the server: a consumer
-- would have to carry the rows to itself as well.
CREATE FUNCTION bench.read_pgq(OUT events bigint, OUT seconds float8) LANGUAGE plpgsql AS $$
DECLARE
    begun timestamptz := clock_timestamp();
    batch bigint;
    octets bigint;
    found bigint;
BEGIN
    events := 0;
    PERFORM pgq.ticker('events');
    LOOP
        batch := pgq.next_batch('events', 'reader');
        EXIT WHEN batch IS NULL;
        SELECT count(*), sum(length(ev_data)) INTO found, octets FROM pgq.get_batch_events(batch);
        PERFORM pgq.finish_batch(batch);
        events := events + found;
    END LOOP;
    seconds := extract(epoch FROM clock_timestamp() - begun);
END $$;
