#!/usr/bin/env bash
# Tests of the background workers, in a server of their own that has the library preloaded. The brokers are started by
# the tests that need them.
. "$(dirname "$0")/../brokers/common.sh"
. "$ROOT/scripts/suite.sh"
. "$ROOT/scripts/rooms.sh"

"$ROOT/scripts/need-brokers.sh"
"$ROOT/scripts/need-webhooks.sh"
cd "$ROOT"
test_suite --test workers --no-run

tests/workers/server.sh make workers
start_cluster "$PG_MEMBER_ROOM" workers
own_brokers
leave() {
    local status=$?
    end_brokers
    stop_cluster "$PG_MEMBER_ROOM" workers
    exit "$status"
}
trap leave EXIT
use_cluster "$PG_MEMBER_ROOM" workers
export PG_MEMBER_BROKERS=$brokers
sql -d postgres -c "CREATE DATABASE $PG_MEMBER_TEMPLATE"
sql -d "$PG_MEMBER_TEMPLATE" -c "CREATE EXTENSION pg_member"
# No worker of its own takes a place there.
sql -d postgres -c "ALTER DATABASE $PG_MEMBER_TEMPLATE IS_TEMPLATE true"

# One test at a time: some of them end the server.
test_suite --test workers -- --test-threads=1 ${TEST:+"$TEST"} | "$ROOT/scripts/count-cargo.sh"
