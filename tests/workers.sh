#!/usr/bin/env bash
# Tests of the background workers, in a server of their own that has the library preloaded.
. "$(dirname "$0")/../scripts/suite.sh"
. "$ROOT/scripts/rooms.sh"

cd "$ROOT"
build=(--no-default-features --features server-tests,sink --test workers)
cargo_ci test --quiet "${build[@]}" --no-run

make_cluster "$PG_MEMBER_ROOM" workers
cat >>"$PG_MEMBER_ROOM/workers/data/postgresql.conf" <<'CONF'
shared_preload_libraries = 'pg_member'
max_worker_processes = 32
max_prepared_transactions = 4
pg_member.allow_private_addresses = on
CONF
start_cluster "$PG_MEMBER_ROOM" workers
trap 'stop_cluster "$PG_MEMBER_ROOM" workers' EXIT
use_cluster "$PG_MEMBER_ROOM" workers
sql -d postgres -c "CREATE DATABASE $PG_MEMBER_TEMPLATE"
sql -d "$PG_MEMBER_TEMPLATE" -c "CREATE EXTENSION pg_member"

# One test at a time: some of them end the server.
cargo_ci test --quiet --no-fail-fast "${build[@]}" -- --test-threads=1 ${TEST:+"$TEST"} | "$ROOT/scripts/count-cargo.sh"
