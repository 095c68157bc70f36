-- :members people and a list group of all of them, written as rows. Their counts and indexes are as calls would leave them.
SELECT group_index('base.city', true), group_index('base.age', true) \g /dev/null
CREATE FUNCTION bench.data(n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('base', jsonb_build_object('city', 'city' || n % 50, 'age', n * 7919 % 100),
                              'q', (SELECT jsonb_object_agg('k' || k, (n + k * 37) % 1000) FROM generate_series(0, 24) k))
$$;
INSERT INTO member.body (dataset, version, create_time, update_time, data)
SELECT n, 1, now(), now(), bench.data(n) FROM generate_series(1, :members) n;
INSERT INTO member.head (dataset, id, enter_time, lock, addr_type, value)
SELECT n, n, now(), CASE WHEN n % 100 = 0 THEN 2 ELSE 0 END, 'email', 'person' || n || '@example.com' FROM generate_series(1, :members) n;
INSERT INTO member.address (value, addr_type, id, dataset)
SELECT 'person' || n || '@example.com', 'email', n, n FROM generate_series(1, :members) n;
INSERT INTO member.attr_value (path, dataset, value, number, kind)
SELECT 'base.city', n, 'city' || n % 50, NULL::numeric, 's' FROM generate_series(1, :members) n
UNION ALL
SELECT 'base.age', n, (n * 7919 % 100)::text, n * 7919 % 100, 's' FROM generate_series(1, :members::bigint) n;
SELECT setval('member.dataset_id', :members), setval('member.address_id', :members) \g /dev/null
SELECT group_create('{"id": "all", "type": "list"}') \g /dev/null
INSERT INTO member.group_member (dataset, id, gid, since) SELECT n, n, 'all', current_date FROM generate_series(1, :members) n;
INSERT INTO member.group_count (gid, bucket, n) SELECT 'all', n >> 12, count(*) FROM generate_series(1, :members) n GROUP BY n >> 12;

-- A narrow rule and a broad one; what somebody would write by hand for them, who knows the tables.
SELECT group_create(jsonb_build_object('id', gid, 'type', 'filter')),
       group_filter_set(jsonb_build_object('id', gid, 'filter', rule::jsonb))
  FROM (VALUES ('narrow', '[{"a": "base.city", "op": "==", "v": "city7"}, {"a": "base.age", "op": ">=", "v": 50}]'),
               ('broad', '[{"a": "base.age", "op": ">=", "v": 25}]')) AS t (gid, rule) \g /dev/null
CREATE FUNCTION bench.narrow(OUT id bigint, OUT dataset bigint, OUT addr_type text, OUT email text) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT h.id, h.dataset, h.addr_type, h.value FROM member.head h
                   JOIN member.attr_value c ON c.dataset = h.dataset AND c.path = 'base.city' AND c.value = 'city7'
                   JOIN member.attr_value a ON a.dataset = h.dataset AND a.path = 'base.age' AND a.number >= 50
                  WHERE h.addr_type = 'email';
END $$;
CREATE FUNCTION bench.broad(OUT id bigint, OUT dataset bigint, OUT addr_type text, OUT email text) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT h.id, h.dataset, h.addr_type, h.value FROM member.head h
                   JOIN member.attr_value a ON a.dataset = h.dataset AND a.path = 'base.age' AND a.number >= 25
                  WHERE h.addr_type = 'email';
END $$;

-- Live groups: each of 25 datakeys is mentioned by four of them, each for about one person in a thousand.
CREATE TABLE bench.live AS
SELECT 'live' || n AS gid, 'q.k' || n % 25 AS path, 1 + n / 25 AS wanted FROM generate_series(0, 99) n;
SELECT group_create(jsonb_build_object('id', gid, 'type', 'filter')),
       group_filter_set(jsonb_build_object('id', gid, 'filter', jsonb_build_array(jsonb_build_object('a', path, 'op', '==', 'v', wanted))))
  FROM bench.live \g /dev/null
INSERT INTO member.live_member (dataset, id, gid)
SELECT n, n, l.gid FROM bench.live l, generate_series(1, :members) n WHERE (n + substr(l.path, 4)::int * 37) % 1000 = l.wanted;
INSERT INTO member.group_count (gid, bucket, n) SELECT gid, id >> 12, count(*) FROM member.live_member GROUP BY gid, id >> 12;
CREATE FUNCTION bench.set(calls int, key text, amount int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. calls LOOP
        PERFORM member_set('person' || 1 + floor(random() * 10000)::int || '@example.com', jsonb_build_array(jsonb_build_array(key, 'set', floor(random() * amount)::int)));
    END LOOP;
END $$;
VACUUM (ANALYZE);
