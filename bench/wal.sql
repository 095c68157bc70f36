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
VACUUM (ANALYZE) member.body, bench.plain;
SELECT bench.wal_of('SELECT bench.run_ours(1000, %s)') / 1000 AS ours, bench.wal_of('SELECT bench.run_plain(1000, %s)') / 1000 AS plain \gset
\echo WAL bytes per call: member_set :ours, bare upsert :plain
SELECT round(pg_total_relation_size('member.body') / 10000.0) AS body, round(pg_total_relation_size('member.head') / 10000.0) AS head,
       round(pg_total_relation_size('member.address') / 10000.0) AS address \gset
\echo table bytes per member: body :body, head :head, address :address
SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE schemaname = 'member' AND relname = 'body' \gset
\echo updates of bodies: :updates, of them HOT: :hot
