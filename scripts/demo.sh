#!/usr/bin/env bash
# The demo: a private PostgreSQL with the extension, a shop's database in it, and the story of demo/story.sql told in psql.
# The server stays for the user; `make demo-stop` ends it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

# The tests' build: it is the quicker one to make, and `make demo` after `make test` builds nothing.
say "building pg_member; the first time this takes about ten minutes on two cores, later seconds"
stage=$("$ROOT/scripts/build.sh" ci)
room=$(find_room demo) || room=$(new_room demo)
# The data of another major are of no use to this server, and neither are its programs.
if [[ -f $room/main/data/PG_VERSION && $(<"$room/main/data/PG_VERSION") != "$PG" ]]; then
    remove_room "$room"
    room=$(new_room demo)
fi
furnish "$room" "$stage"
[[ -d $room/main/data ]] || make_cluster "$room" main
# A server that runs has the library of its start.
if as_server "$(bin_of "$room")/pg_ctl" -D "$room/main/data" status >/dev/null; then stop_cluster "$room" main; fi
start_with_workers "$room" main
use_cluster "$room" main

PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d postgres \
    -c "DROP DATABASE IF EXISTS shop WITH (FORCE)" -c "CREATE DATABASE shop"
psql -X -q -v ON_ERROR_STOP=1 -d shop -f "$ROOT/demo/shop.sql"
psql -X -q -v ON_ERROR_STOP=1 -P pager=off -d shop -f "$ROOT/demo/story.sql"

cat <<END

The database is yours now, until you say: make demo-stop
    psql -h $PGHOST -U $PGUSER shop
END
