-- The same rows in tables of the same form: address, body, head and event.
CREATE TABLE bench.address (LIKE member.address INCLUDING ALL);
CREATE TABLE bench.body (LIKE member.body INCLUDING ALL) WITH (fillfactor = 75);
CREATE TABLE bench.head (LIKE member.head INCLUDING ALL);
CREATE TABLE bench.event (LIKE member.event_00 INCLUDING ALL);
CREATE SEQUENCE bench.id;
CREATE SEQUENCE bench.person;

CREATE FUNCTION bench.insert_raw(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    at timestamptz := statement_timestamp();
BEGIN
    FOR i IN 1 .. rounds LOOP
        n := nextval('bench.id');
        INSERT INTO bench.address VALUES ('person' || n || '@example.com', 'email', n, n);
        INSERT INTO bench.body (dataset, version, create_time, update_time, data)
        VALUES (n, 1, at, at, jsonb_build_object('base', jsonb_build_object('name', 'Anna', 'n', i)));
        INSERT INTO bench.head (dataset, id, enter_time, lock, addr_type, value)
        VALUES (n, n, at, 0, 'email', 'person' || n || '@example.com');
        INSERT INTO bench.event VALUES (0, 1, n, at, pg_current_xact_id(), n, n, 1, 'member_new',
            '{"event_data": {"confirm": 0, "origin": null}}');
    END LOOP;
END $$;
CREATE FUNCTION bench.insert_ours(rounds int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. rounds LOOP
        PERFORM member_set('person' || nextval('bench.person') || '@example.com',
            jsonb_build_array(jsonb_build_array('base', 'set', jsonb_build_object('name', 'Anna', 'n', i))));
    END LOOP;
END $$;
CALL bench.compare('new member / raw INSERTs, tables empty', 'SELECT bench.insert_ours(5000)', 'SELECT bench.insert_raw(5000)', 5000, '>= 0.60', 5);
SELECT bench.insert_ours(200000), bench.insert_raw(200000) \g /dev/null
VACUUM (ANALYZE) member.address, member.body, member.head, member.event, bench.address, bench.body, bench.head, bench.event;
CALL bench.compare('new member / raw INSERTs, 230,000 members', 'SELECT bench.insert_ours(5000)', 'SELECT bench.insert_raw(5000)', 5000, '>= 0.60', 5);
