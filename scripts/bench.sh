#!/usr/bin/env bash
# Runs every bench/*.sh against a release build in a private PostgreSQL, each in a fresh database that has the extension.
# A bench gets PGHOST, PGPORT, PGUSER and PGDATABASE, has psql and pgbench of the server in PATH, and prints its figures.
# The benches of the workers have a cluster that has the library preloaded; beside the others nothing runs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

stage=$("$ROOT/scripts/build.sh" release)
# The log is measured beside pgq, whose files must be there when the server is copied.
if [[ $PG == 15 && ${TEST:-log} == log ]]; then
    "$ROOT/scripts/need-debian.sh" postgresql-15-pgq3 || say "going on without pgq"
fi
own_room bench
furnish "$room" "$stage"
for cluster in main workers; do
    make_cluster "$room" "$cluster"
    printf '%s\n' 'shared_buffers = 1GB' 'max_wal_size = 8GB' >>"$room/$cluster/data/postgresql.conf"
done
cat >>"$room/workers/data/postgresql.conf" <<'CONF'
shared_preload_libraries = 'pg_member'
pg_member.allow_private_addresses = on
CONF

say "machine: $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); $("$(pg_config_of "$PG")" --version)"
count=0
for bench in "$ROOT"/bench/*.sh; do
    [[ -x $bench ]] || continue
    name=$(basename "$bench" .sh)
    [[ -z ${TEST:-} || $TEST == "$name" ]] || continue
    say "bench $name"
    case $name in hooks | import | log | pipes) cluster=workers ;; *) cluster=main ;; esac
    start_cluster "$room" "$cluster"
    use_cluster "$room" "$cluster"
    psql -X -q -d postgres -c "CREATE DATABASE bench_$name"
    psql -X -q -d "bench_$name" -c "CREATE EXTENSION pg_member"
    PGDATABASE=bench_$name "$bench"
    psql -X -q -d postgres -c "DROP DATABASE bench_$name WITH (FORCE)"
    stop_cluster "$room" "$cluster"
    count=$((count + 1))
done
((count)) || die "bench/ has nothing to run"
