-- What the benches of the workers write: events of 10,000 people, and the same events as JSON texts for the peers.
SELECT count(member_set('person' || n || '@example.com', '[]')) FROM generate_series(1, 10000) n \g /dev/null
CREATE TABLE bench.person AS
SELECT row_number() OVER () AS place, a.id, a.dataset FROM member.address a;
CREATE UNIQUE INDEX ON bench.person (place);

VACUUM (ANALYZE); -- so that no plan is for an empty log

CREATE FUNCTION bench.data(n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('message_id', 100 + n % 50, 'campaign_id', 1 + n % 9, 'ip', '192.0.2.1',
        'link_url', 'https://example.com/catalogue/' || 100000 + n % 1000, 'user_agent', 'Mozilla/5.0 (X11; Linux x86_64)')
$$;

-- The rows that so many calls of event_emit write, in one statement, and the call that wakes the workers at commit.
CREATE FUNCTION bench.write_events(count bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO member.event (slot, life, id, at, xid, address_id, dataset, version, event_type, body, is_quiet)
    SELECT 0, life.last_value, nextval('member.event_id'), statement_timestamp(), pg_current_xact_id(), p.id, p.dataset, 1,
           'click', jsonb_build_object('event_data', bench.data(n)), false
      FROM generate_series(1, count) n JOIN bench.person p ON p.place = 1 + n % 10000, member.event_life life;
    NOTIFY pg_member;
$$;

-- An event as it goes over the wire, octet by octet as ours.
CREATE FUNCTION bench.envelope(n bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('{"event_type":"click","event_date":"%s","profile_id":"%s","_xxh":"bc383e1b0ff994ed",'
        '"_md5":"6b56db1f84a3997b902509d3fbf0a306","list_id":1,"account_id":1,"is_test":false,"event_data":{'
        '"campaign_id":%s,"ip":"192.0.2.1","link_url":"https://example.com/catalogue/%s","message_id":%s,'
        '"user_agent":"Mozilla/5.0 (X11; Linux x86_64)"}}',
        to_char(statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US000"Z"'), lpad(to_hex(1 + n % 10000), 24, '0'),
        1 + n % 9, 100000 + n % 1000, 100 + n % 50)
$$;

-- The queue of the loop written by hand.
CREATE TABLE bench.queue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL);
CREATE FUNCTION bench.write_queue(count bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO bench.queue (payload) SELECT bench.envelope(n) FROM generate_series(1, count) n;
    NOTIFY queue;
$$;

-- The jobs of graphile-worker, one an event. The function is called late: its schema comes with the worker.
CREATE FUNCTION bench.write_jobs(count bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM graphile_worker.add_job('send', bench.envelope(n)::json) FROM generate_series(1, count) n;
END $$;
