#!/usr/bin/env bash
# Runs every bench/*.sh against a release build in a private PostgreSQL, each in a fresh database that has the extension.
# A bench gets PGHOST, PGPORT, PGUSER and PGDATABASE, has psql and pgbench of the server in PATH, and prints its figures.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

stage=$("$ROOT/scripts/build.sh" release)
own_room bench
furnish "$room" "$stage"
make_cluster "$room" main
start_cluster "$room" main -c shared_buffers=1GB -c max_wal_size=8GB
use_cluster "$room" main

say "machine: $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); $("$(pg_config_of "$PG")" --version)"
count=0
for bench in "$ROOT"/bench/*.sh; do
    [[ -x $bench ]] || continue
    name=$(basename "$bench" .sh)
    [[ -z ${TEST:-} || $TEST == "$name" ]] || continue
    say "bench $name"
    psql -X -q -d postgres -c "CREATE DATABASE bench_$name"
    psql -X -q -d "bench_$name" -c "CREATE EXTENSION pg_member"
    PGDATABASE=bench_$name "$bench"
    psql -X -q -d postgres -c "DROP DATABASE bench_$name WITH (FORCE)"
    count=$((count + 1))
done
((count)) || die "bench/ has nothing to run"
