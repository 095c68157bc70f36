-- Bytes of WAL of one member_set on a body of 1.4 kB (HOT, no full page), and what its event row takes of them.
SET jit = off;
CREATE FUNCTION bench.wal_of(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    begun pg_lsn;
BEGIN
    EXECUTE format(statement, 1);
    begun := pg_current_wal_insert_lsn();
    EXECUTE format(statement, 2);
    RETURN pg_current_wal_insert_lsn() - begun;
END $$;
-- Of the records between two places those that touch the log, and all.
CREATE EXTENSION IF NOT EXISTS pg_walinspect;
CREATE FUNCTION bench.wal_with_log(begun pg_lsn, ended pg_lsn, OUT log bigint, OUT whole bigint) LANGUAGE sql AS $$
    WITH files AS (
        SELECT string_agg(format('rel \d+/\d+/%s ', pg_relation_filenode(c.oid)), '|') AS pattern
          FROM pg_class c
         WHERE c.oid IN (SELECT relid FROM pg_partition_tree('member.event') WHERE isleaf)
            OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('member.event') WHERE isleaf)))
    SELECT sum(record_length) FILTER (WHERE block_ref ~ pattern), sum(record_length)
      FROM pg_get_wal_records_info(begun, ended), files $$;
VACUUM (ANALYZE) member.body, bench.plain;
SELECT bench.wal_of('SELECT bench.run_ours(1000, %s)') / 1000 AS ours, bench.wal_of('SELECT bench.run_plain(1000, %s)') / 1000 AS plain \gset
\echo WAL bytes per call: member_set :ours, bare upsert :plain
SELECT pg_current_wal_insert_lsn() AS begun \gset
SELECT bench.run_ours(1000, 3);
SELECT pg_current_wal_insert_lsn() AS ended \gset
SELECT log / 1000 AS event, (whole - log) / 1000 AS rest, round(whole / (whole - log)::numeric, 2) AS ratio FROM bench.wal_with_log(:'begun', :'ended') \gset
\echo of them its event :event, the rest :rest, all of it :ratio times the rest (goal <= 2)
SELECT round(pg_total_relation_size('member.body') / 10000.0) AS body, round(pg_total_relation_size('member.head') / 10000.0) AS head,
       round(pg_total_relation_size('member.address') / 10000.0) AS address \gset
\echo table bytes per member: body :body, head :head, address :address
SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE schemaname = 'member' AND relname = 'body' \gset
\echo updates of bodies: :updates, of them HOT: :hot
