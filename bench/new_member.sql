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
-- Four heads: an e-mail and three more, attached in the same call. The same rows by five statements: addresses, body,
-- heads, events, journal.
CREATE TABLE bench.journal (LIKE member.journal INCLUDING ALL);
CREATE FUNCTION bench.insert_raw_four(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    id bigint;
    at timestamptz := statement_timestamp();
    mail text;
BEGIN
    FOR i IN 1 .. rounds LOOP
        n := nextval('bench.id') + 10000000;
        id := n * 4;
        mail := 'four' || n || '@example.com';
        INSERT INTO bench.address VALUES (mail, 'email', id, n), ('card-' || n, 'csid', id + 1, n), ('app-' || n, 'csid', id + 2, n), ('shop-' || n, 'csid', id + 3, n);
        INSERT INTO bench.body (dataset, version, create_time, update_time, data)
        VALUES (n, 1, at, at, jsonb_build_object('base', jsonb_build_object('name', 'Anna', 'n', i)));
        INSERT INTO bench.head (dataset, id, enter_time, lock, addr_type, value)
        VALUES (n, id, at, 0, 'email', mail), (n, id + 1, at, 0, 'csid', 'card-' || n), (n, id + 2, at, 0, 'csid', 'app-' || n), (n, id + 3, at, 0, 'csid', 'shop-' || n);
        INSERT INTO bench.event VALUES (0, 1, id, at, pg_current_xact_id(), id, n, 1, 'member_new', '{"event_data": {"confirm": 0, "origin": null}}'),
            (0, 1, id + 1, at, pg_current_xact_id(), id + 1, n, 1, 'head_attach', jsonb_build_object('event_data', jsonb_build_object('id', id + 1, 'dataset', n))),
            (0, 1, id + 2, at, pg_current_xact_id(), id + 2, n, 1, 'head_attach', jsonb_build_object('event_data', jsonb_build_object('id', id + 2, 'dataset', n))),
            (0, 1, id + 3, at, pg_current_xact_id(), id + 3, n, 1, 'head_attach', jsonb_build_object('event_data', jsonb_build_object('id', id + 3, 'dataset', n)));
        INSERT INTO bench.journal VALUES (n, at, 'member_set', n, NULL,
            jsonb_build_array(jsonb_build_object('step', 'attach', 'address', id + 1, 'to', n), jsonb_build_object('step', 'attach', 'address', id + 2, 'to', n), jsonb_build_object('step', 'attach', 'address', id + 3, 'to', n)),
            jsonb_build_array(jsonb_build_object('step', 'detach', 'address', id + 3, 'from', n), jsonb_build_object('step', 'detach', 'address', id + 2, 'from', n), jsonb_build_object('step', 'detach', 'address', id + 1, 'from', n)),
            NULL, ARRAY[id + 1, id + 2, id + 3]);
    END LOOP;
END $$;
CREATE FUNCTION bench.insert_ours_four(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    FOR i IN 1 .. rounds LOOP
        n := nextval('bench.person') + 10000000;
        PERFORM member_set(jsonb_build_object('email', 'four' || n || '@example.com',
            'datakey', jsonb_build_array(jsonb_build_array('base', 'set', jsonb_build_object('name', 'Anna', 'n', i))),
            'head_attach', jsonb_build_array(jsonb_build_object('head', 'card-' || n, 'head_addr_type', 'csid'),
                jsonb_build_object('head', 'app-' || n, 'head_addr_type', 'csid'), jsonb_build_object('head', 'shop-' || n, 'head_addr_type', 'csid'))));
    END LOOP;
END $$;
CALL bench.compare('new member of 4 heads / raw INSERTs', 'SELECT bench.insert_ours_four(2000)', 'SELECT bench.insert_raw_four(2000)', 2000, '>= 0.60', 5);

-- Both again among a million members.
SELECT bench.insert_ours(100000), bench.insert_raw(100000) FROM generate_series(1, 10) \g /dev/null
VACUUM (ANALYZE) member.address, member.body, member.head, member.event, bench.address, bench.body, bench.head, bench.event;
CALL bench.compare('new member / raw INSERTs, 1,000,000 members', 'SELECT bench.insert_ours(5000)', 'SELECT bench.insert_raw(5000)', 5000, '>= 0.60', 5);
CALL bench.compare('new member of 4 heads, 1,000,000 members', 'SELECT bench.insert_ours_four(2000)', 'SELECT bench.insert_raw_four(2000)', 2000, '>= 0.60', 5);
