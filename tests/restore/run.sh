#!/usr/bin/env bash
# A dump must hold everything: a database with something in every table is dumped and restored in one transaction into
# a fresh cluster. There every row and every sequence must be the same, and the calls go on from where they were.
. "$(dirname "$0")/../../scripts/suite.sh"
. "$ROOT/scripts/rooms.sh"

here=$ROOT/tests/restore
results=$PG_MEMBER_RESULTS/restore
dump=$results/member.dump
mkdir -p "$results"
cleanup() { stop_cluster "$PG_MEMBER_ROOM" second; }

# expect NAME GOT WANTED
expect() { if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1: got '$2', wanted '$3'"; fi; }

# Where the numbers stand before the dump: the highest ones ever given are those of a subscriber who is gone.
fresh_database restore
sql -d restore -f "$here/fill.sql" >/dev/null
here_sql() { sql -d restore -c "$1"; }
number_of() { printf "SELECT id FROM member.address WHERE value = '%s'" "$1"; }
known=$(here_sql "$(number_of anna@example.com)")
free=$(here_sql "$(number_of person7@example.com)")
erased=$(here_sql "SELECT id FROM member.erased_address")
next_address=$(here_sql "SELECT last_value + 1 FROM member.address_id")
next_dataset=$(here_sql "SELECT last_value + 1 FROM member.dataset_id")
next_event=$(here_sql "SELECT last_value + 1 FROM member.event_id")
sql -d restore -f "$here/contents.sql" >"$results/before"
pg_dump -Fc -d restore -f "$dump"

make_cluster "$PG_MEMBER_ROOM" second
start_cluster "$PG_MEMBER_ROOM" second -c fsync=off
trap cleanup EXIT
second=$PG_MEMBER_ROOM/second/sock
there_sql() { sql -h "$second" -d restore -c "$1"; }
sql -h "$second" -d postgres -c "CREATE DATABASE restore"
if pg_restore -1 --exit-on-error -h "$second" -d restore "$dump"; then pass "pg_restore -1"; else fail "pg_restore -1"; fi
sql -h "$second" -d restore -f "$here/contents.sql" >"$results/after"

# The comparison proves little about a table without rows.
expect "every table holds rows, every sequence was used" "$(grep -E '\|(0\|[0-9a-f]{32}|f)$' "$results/before" || true)" ""
expect "a table and a sequence for each in the catalog" "$(wc -l <"$results/before")" \
    "$(here_sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'member'::regnamespace AND relkind IN ('r', 'p', 'S')")"
if diff -u "$results/before" "$results/after"; then pass "all rows and all sequences are the same"
else fail "rows or sequences differ"
fi
expect "member_check() finds nothing" "$(there_sql "SELECT * FROM member_check()")" ""
base="SELECT anketa_get('{\"id\":\"base\"}')"
expect "what the extension brought is as it was changed" "$(there_sql "$base")" "$(here_sql "$base")"
expect "and it was" "$(there_sql "SELECT anketa_get('{\"id\":\"base\"}') #>> '{obj,name}'")" "About you"

# set EMAIL KEY: makes one call there, and gives KEY of its reply.
set_there() { there_sql "SELECT member_set('$1', '[]') #>> '{$2}'"; }
expect "a known address keeps its number" "$(set_there anna@example.com member,id)" "$known"
expect "and is not new" "$(set_there anna@example.com newbie)" 0
expect "a known address without a subscriber keeps its number" "$(set_there person7@example.com member,id)" "$free"
expect "a new address gets the next number" "$(set_there late@example.com member,id)" "$next_address"
expect "new bodies get numbers never used" "$(there_sql "$(cat <<'SQL'
SELECT string_agg(dataset::text, ' ' ORDER BY dataset) FROM member.address WHERE value IN ('person7@example.com', 'late@example.com')
SQL
)")" "$next_dataset $((next_dataset + 1))"
expect "and so do events" "$(there_sql "SELECT string_agg(id::text, ' ' ORDER BY id) FROM member.event WHERE id >= $next_event")" \
    "$next_event $((next_event + 1))"
expect "an erased address gets its number again" "$(set_there erased@example.com member,id)" "$erased"
expect "and its stop-list" "$(there_sql "SELECT member_get('erased@example.com', 'member.haslock')")" 1
expect "what was merged before is taken back" \
    "$(there_sql "SELECT member_unmerge(id) ->> 'undone' FROM member.journal WHERE call = 'member_merge'")" 1
expect "and member_check() finds nothing" "$(there_sql "SELECT * FROM member_check()")" ""
there_sql "INSERT INTO customer VALUES ('Second@Example.com', 'second')"
expect "the trigger of the user's table works" "$(there_sql "SELECT member_get('second@example.com', 'base.name')")" '"second"'
if there_sql "INSERT INTO customer VALUES ('customer@example.com', 'twice')" 2>/dev/null
then fail "the user's unique index on email_normalize holds"
else pass "the user's unique index on email_normalize holds"
fi
drop_database restore
. "$here/erased.sh"
tally
