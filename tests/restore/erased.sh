#!/usr/bin/env bash
# Nothing of an erased person is in a dump, and everything of the others is. Sourced by run.sh.
erased_sql() { sql -d erased -c "$1"; }
dump_to() { pg_dump -d erased -f "$results/$1.sql"; }

# found FILE TEXT: how many lines of a dump hold the text, in any case.
found() { grep -icF -- "$2" "$results/$1.sql" || true; }

# each NAME FILE WANTED TEXT…: whether the dump holds every one of the texts, or none.
each() {
    local name=$1 file=$2 wanted=$3 text wrong=()
    shift 3
    for text in "$@"; do
        if [[ $(found "$file" "$text") == 0 ]]; then
            if [[ $wanted == all ]]; then wrong+=("$text"); fi
        elif [[ $wanted == none ]]; then wrong+=("$text")
        fi
    done
    expect "$name" "${wrong[*]}" ""
}

fresh_database erased
sql -d erased -f "$here/erased.sql" >/dev/null
mapfile -t hers < <(erased_sql "SELECT value FROM mark WHERE person = 'ada' ORDER BY value")
mapfile -t his < <(erased_sql "SELECT value FROM mark WHERE person = 'bob' ORDER BY value")
erased_sql "DROP TABLE mark"
was=$(erased_sql "SELECT string_agg(id::text, ' ' ORDER BY value) FROM member.address WHERE value ~ 'ada-'")

dump_to whole
each "a dump holds every value of both persons" whole all "${hers[@]}" "${his[@]}"
expect "a person is erased" "$(erased_sql "SELECT member_erase('ada-first@example.com') ->> 'erased'")" 1
dump_to rest
each "then a dump holds none of hers" rest none "${hers[@]}"
each "and all of his" rest all "${his[@]}"
expect "member_check() finds nothing" "$(erased_sql "SELECT * FROM member_check()")" ""
for address in ada-first@example.com ada-second@example.com; do erased_sql "SELECT member_set('$address', '[]')" >/dev/null; done
erased_sql "SELECT member_set('{\"email\": \"ada-third-csid\", \"addr_type\": \"csid\"}')" >/dev/null
expect "her addresses get the same numbers again" \
    "$(erased_sql "SELECT string_agg(id::text, ' ' ORDER BY value) FROM member.address WHERE value ~ 'ada-'")" "$was"
expect "and their stop-lists" "$(erased_sql "SELECT member_get('ada-first@example.com', 'member.haslock')")" 1
drop_database erased
