-- 10,000 people with bodies of about 1.4 kB in both stores.
CREATE FUNCTION bench.body(seed int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg('q' || f, CASE WHEN f % 3 = 0 THEN to_jsonb(seed + f) ELSE to_jsonb(md5((seed * 100 + f)::text)) END)
      FROM generate_series(1, 36) f
$$;
CREATE TABLE bench.plain (email text PRIMARY KEY, data jsonb NOT NULL) WITH (fillfactor = 75);
INSERT INTO bench.plain SELECT 'person' || n || '@example.com', bench.body(n) FROM generate_series(1, 10000) n;
SELECT count(member_set(jsonb_build_object('email', 'person' || n || '@example.com',
           'datakey', jsonb_build_array(jsonb_build_array('base', 'set', bench.body(n))))))
  FROM generate_series(1, 10000) n \g /dev/null
VACUUM (ANALYZE) member.body, member.head, member.address, member.event, bench.plain;

-- The same semantics in plpgsql: the address, the lock, three datakeys, the event with old and new.
CREATE SEQUENCE bench.event_id;
CREATE TABLE bench.event (LIKE member.event_00 INCLUDING INDEXES);
CREATE FUNCTION bench.set_in_plpgsql(address text, v int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    person record;
    stored record;
    fresh jsonb;
    changed jsonb := '[]';
    key text;
BEGIN
    SELECT a.id, a.dataset INTO person FROM member.address a
     WHERE a.value = lower(btrim(address)) AND a.addr_type = 'email';
    SELECT b.version, b.data INTO stored FROM member.body b WHERE b.dataset = person.dataset FOR NO KEY UPDATE;
    fresh := stored.data;
    FOREACH key IN ARRAY ARRAY['q1', 'q2', 'q3'] LOOP
        IF fresh #> ARRAY['base', key] IS DISTINCT FROM to_jsonb(v) THEN
            changed := changed || jsonb_build_object('path', 'base.' || key, 'old', fresh #> ARRAY['base', key], 'new', v);
            fresh := jsonb_set(fresh, ARRAY['base', key], to_jsonb(v));
        END IF;
    END LOOP;
    UPDATE member.body SET data = fresh, version = stored.version + 1, update_time = statement_timestamp()
     WHERE dataset = person.dataset;
    INSERT INTO bench.event (slot, life, id, at, xid, address_id, dataset, version, event_type, body)
    VALUES (0, 1, nextval('bench.event_id'), statement_timestamp(), pg_current_xact_id(), person.id, person.dataset,
            stored.version + 1, 'member_change', jsonb_build_object('event_data', jsonb_build_object('changed', changed)));
    RETURN jsonb_build_object('newbie', 0, 'member',
        jsonb_build_object('id', person.id, 'email', lower(btrim(address)), 'addr_type', 'email'));
END $$;

CREATE FUNCTION bench.run_plain(rounds int, base int DEFAULT 0) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. rounds LOOP
        INSERT INTO bench.plain (email, data) VALUES ('person' || 1 + i % 10000 || '@example.com',
            jsonb_build_object('q1', base + i, 'q2', base + i, 'q3', base + i))
        ON CONFLICT (email) DO UPDATE SET data = bench.plain.data || EXCLUDED.data;
    END LOOP;
END $$;
CREATE FUNCTION bench.run_ours(rounds int, base int DEFAULT 0) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. rounds LOOP
        PERFORM member_set('person' || 1 + i % 10000 || '@example.com', jsonb_build_array(
            jsonb_build_array('base.q1', 'set', base + i), jsonb_build_array('base.q2', 'set', base + i), jsonb_build_array('base.q3', 'set', base + i)));
    END LOOP;
END $$;
CREATE FUNCTION bench.run_plpgsql(rounds int, base int DEFAULT 0) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. rounds LOOP
        PERFORM bench.set_in_plpgsql('person' || 1 + i % 10000 || '@example.com', base + i);
    END LOOP;
END $$;
CALL bench.compare('member_set / bare upsert, server time', 'SELECT bench.run_ours(10000, (random() * 1e9)::int)', 'SELECT bench.run_plain(10000, (random() * 1e9)::int)', 10000, '>= 0.45', 5);
CALL bench.compare('member_set / the same in plpgsql', 'SELECT bench.run_ours(10000, (random() * 1e9)::int)', 'SELECT bench.run_plpgsql(10000, (random() * 1e9)::int)', 10000, '>= 1.8', 5);
