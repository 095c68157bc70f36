#!/usr/bin/env bash
# A dump must hold everything: members made in one cluster are dumped, restored in one transaction into a fresh cluster,
# and every table and sequence of the schema `member` must be the same there, and go on from where it was.
. "$(dirname "$0")/../../scripts/suite.sh"
. "$ROOT/scripts/rooms.sh"

here=$ROOT/tests/restore
results=$PG_MEMBER_RESULTS/restore
dump=$results/member.dump
mkdir -p "$results"
cleanup() { stop_cluster "$PG_MEMBER_ROOM" second; }

# contents HOST: one line for each table (rows, digest of all rows) and each sequence (last number) of the schema.
contents() {
    sql -h "$1" -d restore -f "$here/contents.sql"
}

# expect NAME GOT WANTED
expect() { if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1: got '$2', wanted '$3'"; fi; }

fresh_database restore
sql -d restore -f "$here/fill.sql" >/dev/null
contents "$PGHOST" >"$results/before"
known=$(sql -d restore -c "SELECT member_set('anna@example.com', '[]') #>> '{member,id}'")
highest=$(sql -d restore -c "SELECT max(id) FROM member.address")
contents "$PGHOST" >"$results/before"
pg_dump -Fc -d restore -f "$dump"

make_cluster "$PG_MEMBER_ROOM" second
start_cluster "$PG_MEMBER_ROOM" second -c fsync=off
trap cleanup EXIT
second=$PG_MEMBER_ROOM/second/sock
sql -h "$second" -d postgres -c "CREATE DATABASE restore"
if pg_restore -1 --exit-on-error -h "$second" -d restore "$dump"; then pass "pg_restore -1"; else fail "pg_restore -1"; fi
contents "$second" >"$results/after"

if diff -u "$results/before" "$results/after"; then pass "all tables and sequences are the same"
else fail "tables or sequences differ"
fi
[[ -s $results/before ]] && pass "the schema has tables" || fail "the schema member holds no table"
expect "a known address keeps its number" \
    "$(sql -h "$second" -d restore -c "SELECT member_set('anna@example.com', '[]') #>> '{member,id}'")" "$known"
expect "a new address gets a higher number" \
    "$(sql -h "$second" -d restore -c "SELECT (member_set('late@example.com', '[]') #>> '{member,id}')::bigint > $highest")" t
expect "member_check() finds nothing" "$(sql -h "$second" -d restore -c "SELECT * FROM member_check()")" ""
drop_database restore
tally
