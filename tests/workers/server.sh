#!/usr/bin/env bash
# A cluster of the room that has the library preloaded, and what happens to it from outside.
# Usage: server.sh make NAME | start NAME [OPTION…] | stop NAME MODE | skip NAME XID | copy|fill NAME DATABASE TO [OPTION…]
#        | standby NAME OF | promote NAME
#   skip: the next transaction of a cluster that is stopped gets this number.
#   standby: makes a cluster that follows another one as soon as it is started; promote: it follows no longer.
#   copy: a database is dumped and restored in another cluster, with options of pg_restore; fill: it is there already.
. "$(dirname "$0")/../../scripts/lib.sh"
. "$ROOT/scripts/rooms.sh"

action=${1:?an action} name=${2:?a cluster}
room=${PG_MEMBER_ROOM:?is set by scripts/test.sh}
bin=$(bin_of "$room")
shift 2

make() {
    make_cluster "$room" "$name"
    cat >>"$room/$name/data/postgresql.conf" <<'CONF'
shared_preload_libraries = 'pg_member'
max_worker_processes = 32
max_prepared_transactions = 4
pg_member.allow_private_addresses = on
CONF
}

# fill DATABASE TO [OPTION…]
fill() {
    "$bin/pg_dump" -Fc -h "$room/$name/sock" -U postgres -d "$1" |
        "$bin/pg_restore" --exit-on-error -h "$room/$2/sock" -U postgres -d "$1" "${@:3}"
}

# standby OF
standby() {
    make_place "$room" "$name"
    as_server "$bin/pg_basebackup" -h "$room/$1/sock" -U postgres -D "$room/$name/data" -R -c fast -X stream --no-sync
}

copy() {
    "$bin/psql" -X -q -h "$room/$2/sock" -U postgres -d postgres -c "CREATE DATABASE $1"
    fill "$@"
}

case $action in
    make) make ;;
    start) start_cluster "$room" "$name" "$@" ;;
    stop) as_server "$bin/pg_ctl" -D "$room/$name/data" -w -m "$1" stop >/dev/null ;;
    skip) as_server "$bin/pg_resetwal" -x "$1" -D "$room/$name/data" >/dev/null ;;
    copy) copy "$@" ;;
    fill) fill "$@" ;;
    standby) standby "$@" ;;
    promote) as_server "$bin/pg_ctl" -D "$room/$name/data" -w promote >/dev/null ;;
    *) die "make, start, stop, skip, copy, fill, standby or promote" ;;
esac
