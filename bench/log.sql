-- What a transaction pays for an event: event_emit beside a plain INSERT into a table with the same columns and indexes.
CREATE TABLE bench.event (LIKE member.event_00 INCLUDING ALL);
CREATE SEQUENCE bench.event_id;

-- The same events as requests and as rows.
CREATE TABLE bench.request AS
SELECT 'person' AS kind, n, p.id AS address_id, p.dataset, 'click' AS event_type, jsonb_build_object('event_data', bench.data(n)) AS body,
       jsonb_build_object('event_type', 'click', 'email', 'person' || p.place || '@example.com', 'event_data', bench.data(n)) AS request
  FROM generate_series(1, 10000) n JOIN bench.person p ON p.place = n
UNION ALL
SELECT 'nobody', n, 0, 0, 'campaign_start', '{"event_data": {"campaign_id": 3, "message_id": 17, "total": 1000}}',
       '{"event_type": "campaign_start", "event_data": {"campaign_id": 3, "message_id": 17, "total": 1000}}'
  FROM generate_series(1, 10000) n;
VACUUM (ANALYZE) bench.request;

CREATE FUNCTION bench.emit(wanted text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT request FROM bench.request WHERE kind = wanted LOOP
        PERFORM event_emit(r.request);
    END LOOP;
END $$;
CREATE FUNCTION bench.insert(wanted text, locks boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    r record;
    locked bigint := 0;
BEGIN
    FOR r IN SELECT * FROM bench.request WHERE kind = wanted LOOP
        IF locks THEN
            SELECT b.version INTO locked FROM member.body b WHERE b.dataset = r.dataset FOR NO KEY UPDATE;
        END IF;
        INSERT INTO bench.event (slot, life, id, at, xid, address_id, dataset, version, event_type, body)
        VALUES (0, 1, nextval('bench.event_id'), statement_timestamp(), pg_current_xact_id(), r.address_id, r.dataset,
                locked, r.event_type, r.body);
    END LOOP;
END $$;
CALL bench.compare('event_emit, campaign_start / plain INSERT', $$SELECT bench.emit('nobody')$$, $$SELECT bench.insert('nobody')$$, 10000, '>= 0.77', 5);
CALL bench.compare('event_emit, click of a person / plain INSERT', $$SELECT bench.emit('person')$$, $$SELECT bench.insert('person')$$, 10000, '>= 0.77', 5);
CALL bench.compare('event_emit, click / row lock and INSERT', $$SELECT bench.emit('person')$$, $$SELECT bench.insert('person', true)$$, 10000, 'none', 5);
