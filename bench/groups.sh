#!/usr/bin/env bash
# Groups of MEMBERS people (1,000,000): filter groups over registered datakeys beside SQL by hand on the same tables, the
# count of a list group, member_set beside 100 live groups, and pages of a list group by number, near and deep.
# PARTS chooses parts (filter count live pages).
set -euo pipefail
cd "$(dirname "$0")"
MEMBERS=${MEMBERS:-1000000}
PARTS=${PARTS:-filter count live pages}
CALLS=${CALLS:-5000}
ROUNDS=${ROUNDS:-5}

part() { [[ " $PARTS " == *" $1 "* ]]; }
sql() { psql -X -q -At -v ON_ERROR_STOP=1 "$@"; }
median() { sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }

# time_of STATEMENT: the median of its milliseconds, ROUNDS times after one for warming up.
time_of() {
    for ((round = 0; round <= ROUNDS; round++)); do printf "SELECT bench.time_of(%s);\n" "\$statement\$$1\$statement\$"; done |
        sql | tail -n "$ROUNDS" | median
}

filters() {
    sql <<'SQL'
DO $$ BEGIN
    ASSERT (SELECT array_agg(m ORDER BY m) FROM group_members('narrow') m) = (SELECT array_agg(m ORDER BY m) FROM bench.narrow() m), 'narrow';
    ASSERT (SELECT count(*) FROM group_members('broad')) = (SELECT count(*) FROM bench.broad()), 'broad';
END $$;
SET jit = off;
SET client_min_messages = info;
SELECT count(*) AS narrow FROM bench.narrow() \gset
SELECT count(*) AS broad FROM bench.broad() \gset
CALL bench.compare('group_members, 1 of 100, each member / by hand', 'SELECT count(*) FROM group_members(''narrow'')', 'SELECT count(*) FROM bench.narrow()', :narrow, '>= 0.83');
CALL bench.compare('group_members, 3 of 4, each member / by hand', 'SELECT count(*) FROM group_members(''broad'')', 'SELECT count(*) FROM bench.broad()', :broad, '>= 0.83');
SQL
}

# The count is that of the rows, also while changes are not folded in.
count() {
    sql -c "SELECT member_set('person' || n || '@example.com', '[[\"-group.all\", \"delete\"]]') FROM generate_series(1, 100) n" >/dev/null
    sql -c "DO \$\$ BEGIN ASSERT (group_get('{\"id\": \"all\"}') #>> '{obj,count}')::bigint = (SELECT count(*) FROM member.group_member WHERE gid = 'all'), 'exact'; END \$\$"
    printf 'count of a list group of %s: group_get %s ms, member_list_count with its locks %s ms, count(*) of its rows %s ms\n' "$MEMBERS" \
        "$(time_of "SELECT group_get('{\"id\": \"all\"}')")" "$(time_of "SELECT member_list_count('{\"group\": \"all\"}')")" \
        "$(time_of "SELECT count(*) FROM member.group_member WHERE gid = 'all'")"
    sql -c "SELECT member_set('person' || n || '@example.com', '[[\"-group.all\", \"set\", 1]]') FROM generate_series(1, 100) n" >/dev/null
}

# live STATE: makes the 100 groups live or not. Sessions that begin after it know.
live() { sql -c "UPDATE member.group_def SET live = $1, filled = now() WHERE gid LIKE 'live%'"; }
# calls KEY VALUES: microseconds of a member_set of KEY to one of so many values, in a session of its own that is warm.
calls() { sql -c "SELECT bench.set(500, '$1', $2)" -c "SELECT bench.time_of('SELECT bench.set($CALLS, ''$1'', $2)') * 1000 / $CALLS" | tail -n 1; }
# upkeep NAME KEY VALUES GOAL
upkeep() {
    local with=() without=() round
    for ((round = 0; round < ROUNDS; round++)); do
        live NULL
        without+=("$(calls "$2" "$3")")
        live "'exact'"
        with+=("$(calls "$2" "$3")")
    done
    awk -v name="$1" -v a="$(printf '%s\n' "${with[@]}" | median)" -v b="$(printf '%s\n' "${without[@]}" | median)" -v goal="$4" \
        'BEGIN {printf "member_set of a datakey that %s: %.1f us, without live groups %.1f us, ratio %.2f, goal %s\n", name, a, b, a / b, goal}'
}

pages() {
    local more page name
    for more in '' ', "sort.order": "desc"' ', "format": [{"datakey": "member.email"}, {"datakey": "base.city"}]'; do
        case $more in *desc*) name=', from the greatest' ;; *format*) name=', two columns' ;; *) name= ;; esac
        printf 'member_list, pages of 1000 of a list group by number%s:' "$name"
        for page in 1 $((MEMBERS / 2000)) $((MEMBERS / 1000)); do
            printf ' page %s %s ms' "$page" "$(time_of "SELECT member_list('{\"group\": \"all\", \"page\": $page, \"pagesize\": 1000$more}')")"
        done
        printf '  goal: the same\n'
    done
}

sql -v members="$MEMBERS" -f measure.sql -f groups.sql
if part filter; then filters; fi
if part count; then count; fi
if part live; then
    upkeep 'none of 100 live groups mentions' base.name 1000 '<= 1.5'
    upkeep '4 of 100 live groups mention' q.k7 1000 '<= 1.5'
    upkeep '4 of 100 live groups mention, 3 calls of 5 moving somebody' q.k7 10 none
fi
if part pages; then pages; fi
