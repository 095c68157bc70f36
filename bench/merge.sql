-- 2,000 pairs of subscribers of ten heads and about 4 kB each, in both stores. A merge moves one head and the data that
-- the receiver lacks, and can be undone.
CREATE FUNCTION bench.body(first int, seed int) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_object_agg('section' || s, fields)
      FROM (SELECT s, jsonb_object_agg('field' || f,
                CASE f % 3 WHEN 0 THEN to_jsonb(seed + s * 31 + f) ELSE to_jsonb(md5((seed * 1000 + s * 10 + f)::text)) END) AS fields
              FROM generate_series(first, first + 11) s, generate_series(1, 8) f GROUP BY s) parts
$$;
CREATE FUNCTION bench.person(name text, first int, n int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT member_set(jsonb_build_object('email', name || n || '@example.com',
        'datakey', (SELECT jsonb_agg(jsonb_build_array(key, 'set', value)) FROM jsonb_each(bench.body(first, n))),
        'head_attach', (SELECT jsonb_agg(jsonb_build_object('head', format('%s-%s-%s', name, n, h), 'head_addr_type', 'csid'))
                          FROM generate_series(1, 9) h)))
$$;
SELECT count(bench.person('a', 1, n)), count(bench.person('b', 7, n)) FROM generate_series(1, 6000) n \g /dev/null
CREATE TABLE bench.address (LIKE member.address INCLUDING ALL);
CREATE TABLE bench.body (LIKE member.body INCLUDING ALL) WITH (fillfactor = 75);
CREATE TABLE bench.head (LIKE member.head INCLUDING ALL);
CREATE TABLE bench.group_member (LIKE member.group_member INCLUDING ALL);
CREATE TABLE bench.journal (LIKE member.journal INCLUDING ALL);
CREATE TABLE bench.event (LIKE member.event_00 INCLUDING ALL);
CREATE SEQUENCE bench.id;
INSERT INTO bench.address SELECT * FROM member.address;
INSERT INTO bench.body SELECT * FROM member.body;
INSERT INTO bench.head SELECT * FROM member.head;
VACUUM (ANALYZE);

CREATE FUNCTION bench.merge_in_plpgsql(receiver text, source text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    a record;
    b record;
    ours record;
    theirs record;
    heads bigint[];
    merged jsonb;
    changed jsonb := '[]';
    section record;
    field record;
    old jsonb;
    n bigint;
BEGIN
    SELECT id, dataset INTO a FROM bench.address WHERE value = lower(btrim(receiver)) AND addr_type = 'email';
    SELECT id, dataset INTO b FROM bench.address WHERE value = lower(btrim(source)) AND addr_type = 'email';
    PERFORM FROM bench.body WHERE dataset = least(a.dataset, b.dataset) FOR NO KEY UPDATE;
    PERFORM FROM bench.body WHERE dataset = greatest(a.dataset, b.dataset) FOR NO KEY UPDATE;
    ASSERT a.dataset = (SELECT dataset FROM bench.address WHERE value = lower(btrim(receiver)) AND addr_type = 'email');
    ASSERT b.dataset = (SELECT dataset FROM bench.address WHERE value = lower(btrim(source)) AND addr_type = 'email');
    SELECT version, data INTO ours FROM bench.body WHERE dataset = a.dataset;
    SELECT version, data INTO theirs FROM bench.body WHERE dataset = b.dataset;
    SELECT array_agg(id) INTO heads FROM bench.head WHERE dataset = a.dataset;
    SELECT array_agg(id) INTO heads FROM bench.head WHERE dataset = b.dataset;
    merged := ours.data;
    FOR section IN SELECT key, value FROM jsonb_each(theirs.data) LOOP
        IF NOT merged ? section.key THEN
            merged := merged || jsonb_build_object(section.key, '{}'::jsonb);
        END IF;
        FOR field IN SELECT key, value FROM jsonb_each(section.value) LOOP
            old := merged #> ARRAY[section.key, field.key];
            IF old IS NULL THEN
                merged := jsonb_set(merged, ARRAY[section.key, field.key], field.value);
                changed := changed || jsonb_build_object('path', section.key || '.' || field.key, 'new', field.value);
            END IF;
        END LOOP;
    END LOOP;
    UPDATE bench.address SET dataset = a.dataset WHERE value = lower(btrim(source)) AND addr_type = 'email';
    UPDATE bench.head SET dataset = a.dataset WHERE dataset = b.dataset AND id = b.id;
    UPDATE bench.group_member SET dataset = a.dataset WHERE dataset = b.dataset AND id = b.id;
    UPDATE bench.body SET data = merged, version = ours.version + 1, update_time = statement_timestamp() WHERE dataset = a.dataset;
    UPDATE bench.body SET version = theirs.version + 1, update_time = statement_timestamp() WHERE dataset = b.dataset;
    n := nextval('bench.id');
    INSERT INTO bench.journal VALUES (n, statement_timestamp(), 'member_merge', a.dataset, b.dataset,
        jsonb_build_array(jsonb_build_object('step', 'data', 'from', b.dataset, 'to', a.dataset),
            jsonb_build_object('step', 'move', 'address', b.id, 'from', b.dataset, 'to', a.dataset)),
        jsonb_build_array(jsonb_build_object('step', 'move', 'address', b.id, 'from', a.dataset, 'to', b.dataset),
            jsonb_build_object('step', 'data', 'to', a.dataset, 'changed', changed)), NULL, ARRAY[b.id]);
    INSERT INTO bench.event VALUES (0, 1, nextval('bench.id'), statement_timestamp(), pg_current_xact_id(), a.id, a.dataset,
        ours.version + 1, 'member_merge', jsonb_build_object('event_data', jsonb_build_object('dataset', a.dataset,
            'source_dataset', b.dataset, 'source_deleted', 0, 'changed', changed)));
    INSERT INTO bench.event VALUES (0, 1, nextval('bench.id'), statement_timestamp(), pg_current_xact_id(), b.id, a.dataset,
        ours.version + 1, 'head_move', jsonb_build_object('event_data', jsonb_build_object('id', b.id, 'dataset', a.dataset,
            'source_dataset', b.dataset)));
    RETURN jsonb_build_object('source_deleted', 0, 'member', jsonb_build_object('id', a.id, 'email', lower(btrim(receiver)),
        'addr_type', 'email', 'dataset', a.dataset));
END $$;

-- Each round merges pairs that were not merged yet.
CREATE SEQUENCE bench.ours;
CREATE SEQUENCE bench.theirs;
CREATE FUNCTION bench.run_ours(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    FOR i IN 1 .. rounds LOOP
        n := nextval('bench.ours');
        PERFORM member_merge(jsonb_build_object('email', 'a' || n || '@example.com', 'head', 'b' || n || '@example.com', 'head_rule', 'transplant'));
    END LOOP;
END $$;
CREATE FUNCTION bench.run_theirs(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    FOR i IN 1 .. rounds LOOP
        n := nextval('bench.theirs');
        PERFORM bench.merge_in_plpgsql('a' || n || '@example.com', 'b' || n || '@example.com');
    END LOOP;
END $$;
SELECT pg_column_size(bench.body(1, 1)) AS size \gset
\echo bodies of :size bytes, ten heads each
CALL bench.compare('member_merge / the same in plpgsql', 'SELECT bench.run_ours(750)', 'SELECT bench.run_theirs(750)', 750, '>= 2', 7);
DO $$
BEGIN
    ASSERT (SELECT bool_and(o.data = t.data) FROM member.body o JOIN bench.body t USING (dataset)), 'the two do not give the same';
END $$;
