#!/usr/bin/env bash
# What the tests of the workers do to a cluster of their room from outside.
# Usage: server.sh start NAME | stop NAME MODE | make NAME | sql NAME DATABASE STATEMENT
. "$(dirname "$0")/../../scripts/lib.sh"
. "$ROOT/scripts/rooms.sh"

action=${1:?an action} name=${2:?a cluster}
room=${PG_MEMBER_ROOM:?is set by scripts/test.sh}
shift 2

case $action in
    start) start_cluster "$room" "$name" ;;
    stop) as_server "$(bin_of "$room")/pg_ctl" -D "$room/$name/data" -w -m "$1" stop >/dev/null ;;
    *) die "start or stop" ;;
esac
