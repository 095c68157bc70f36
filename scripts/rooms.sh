#!/usr/bin/env bash
# Private servers. A *room* is a directory that holds a copy of a PostgreSQL with our extension in it (`server`), and
# clusters (`NAME/data`, `NAME/sock`) run from that copy: nothing is installed into the machine, nothing needs root.
# Rooms are remembered in target/rooms, so that `make clean` finds one whose owner was killed. Sourced, never run.

# new_room NAME: makes an empty room and prints its path. It lies below target/, unless the server's user cannot enter
# that or the path is too long for a socket (107 octets): then below /var/tmp.
new_room() {
    local room base=$TARGET
    mkdir -p "$TARGET/rooms"
    if ((${#TARGET} > 60)) || ! as_server test -x "$TARGET"; then base=/var/tmp; fi
    room=$(mktemp -d "$base/pg_member-$1.XXXXXX")
    chmod 755 "$room"
    printf '%s\n' "$room" >"$TARGET/rooms/$1.${room##*.}"
    printf '%s\n' "$room"
}

# own_room NAME: makes a room, in $room, that goes when this script ends, however it ends; its server logs are kept in
# target/logs.
own_room() {
    trap leave_room EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    room=$(new_room "$1")
}
leave_room() {
    local status=$? log
    trap - EXIT
    trap '' INT TERM HUP
    mkdir -p "$TARGET/logs"
    for log in "$room"/*/log; do
        if [[ -f $log ]]; then cp "$log" "$TARGET/logs/$(basename "${log%/log}").log"; fi
    done
    remove_room "$room"
    exit "$status"
}

# find_room NAME: prints the room of this name made earlier; fails when there is none.
find_room() {
    local note room
    for note in "$TARGET/rooms/$1".*; do
        if [[ -f $note ]] && room=$(<"$note") && [[ -d $room ]]; then printf '%s\n' "$room"; return; fi
    done
    return 1
}

# remove_room ROOM: stops what runs in it and deletes it.
remove_room() {
    local data note
    for data in "$1"/*/data; do
        if [[ -f $data/postmaster.pid ]]; then stop_cluster "$1" "$(basename "${data%/data}")"; fi
    done
    rm -rf "$1"
    for note in "$TARGET"/rooms/*; do
        if [[ -f $note && $(<"$note") == "$1" ]]; then rm -f "$note"; fi
    done
}

# furnish ROOM STAGE: copies PostgreSQL $PG and the extension built into STAGE into the room. A server finds its files
# relative to its own place, so a copy uses the copy. Files in use are replaced, not overwritten.
furnish() {
    local home share
    home=$(dirname "$("$(pg_config_of "$PG")" --bindir)")
    share=$("$(pg_config_of "$PG")" --sharedir)
    if [[ ! -d $1/server$home ]]; then
        mkdir -p "$1/server$home"
        cp -a "$home/." "$1/server$home"
        if [[ $share != "$home"/* ]]; then mkdir -p "$1/server$share" && cp -a "$share/." "$1/server$share"; fi
    fi
    cp -a --remove-destination "$2/." "$1/server"
    chmod -R a+rX "$1/server"
}

# bin_of ROOM: the directory of the room's server programs.
bin_of() { printf '%s\n' "$1/server$("$(pg_config_of "$PG")" --bindir)"; }

# make_place ROOM NAME: the empty place of a cluster, the server user's own.
make_place() {
    local place=$1/$2
    mkdir -p "$place/sock"
    if ((EUID == 0)); then chown -R "$(server_user)": "$place"; fi
    chmod 700 "$place" "$place/sock"
}

# make_cluster ROOM NAME: initdb, and the settings of scripts/cluster.conf. What is called `data` is whole.
make_cluster() {
    local place=$1/$2
    make_place "$1" "$2"
    rm -rf "$place/making"
    as_server "$(bin_of "$1")/initdb" -D "$place/making" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$1/$2.initdb" \
        || { cat "$1/$2.initdb" >&2; die "initdb failed"; }
    cat "$ROOT/scripts/cluster.conf" >>"$place/making/postgresql.conf"
    mv "$place/making" "$place/data"
}

# start_cluster ROOM NAME [OPTION…]: starts it on its socket alone and waits until it answers.
start_cluster() {
    local room=$1 name=$2
    shift 2
    as_server "$(bin_of "$room")/pg_ctl" -D "$room/$name/data" -l "$room/$name/log" -w -t 60 \
        -o "-c listen_addresses='' -c unix_socket_directories='$room/$name/sock' $*" start >/dev/null \
        || { cat "$room/$name/log" >&2; die "the server did not start"; }
}

# start_with_workers ROOM NAME [OPTION…]: the same with the library preloaded, so that its background workers run.
start_with_workers() { start_cluster "$@" -c shared_preload_libraries=pg_member; }

# stop_cluster ROOM NAME: stops it at once.
stop_cluster() { as_server "$(bin_of "$1")/pg_ctl" -D "$1/$2/data" -w -m fast stop >/dev/null; }

# use_cluster ROOM NAME: makes it the one that psql and the tests talk to.
use_cluster() {
    PG_MEMBER_BIN=$(bin_of "$1")
    export PG_MEMBER_BIN PG_MEMBER_HOST=$1/$2/sock PG_MEMBER_PORT=5432 PG_MEMBER_USER=postgres
    export PGHOST=$PG_MEMBER_HOST PGPORT=$PG_MEMBER_PORT PGUSER=$PG_MEMBER_USER
    PATH=$PG_MEMBER_BIN:$PATH
}
