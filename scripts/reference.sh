#!/usr/bin/env bash
# The parts of the documentation that are made from a database with the extension, between the lines
# <!-- reference --> and <!-- /reference -->: the functions in README.md from their COMMENTs, under the headings of
# sql/functions.sql, and the errors in docs/errors.md from member_errors().
# Usage: reference.sh write|check DATABASE. `write` puts them into the files, `check` compares.
. "$(dirname "$0")/suite.sh"

# calls DATABASE: one line for each function and view, in the order in which they were made: name, cells of the table.
calls() {
    sql -F $'\t' -d "$1" <<'SQL'
WITH extension AS (SELECT oid FROM pg_extension WHERE extname = 'pg_member'),
function AS (
    SELECT p.oid, p.proname AS name, obj_description(p.oid, 'pg_proc') AS comment,
           CASE WHEN p.proargmodes IS NULL
                THEN format('%s(%s) → %s', p.proname, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid))
                ELSE format('%s(%s) → setof (%s)', p.proname, arguments.taken, arguments.given)
           END AS written
    FROM pg_proc p
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN extension ON d.refobjid = extension.oid,
    LATERAL (SELECT string_agg(a.name || ' ' || a.type::regtype, ', ' ORDER BY a.n) FILTER (WHERE a.mode = 'i') AS taken,
                    string_agg(a.name || ' ' || a.type::regtype, ', ' ORDER BY a.n) FILTER (WHERE a.mode = 'o') AS given
             FROM unnest(p.proargnames, p.proargmodes, p.proallargtypes) WITH ORDINALITY AS a (name, mode, type, n)) arguments
    -- Those of the schema of the tables are called by statements of our own alone.
    WHERE p.pronamespace <> 'member'::regnamespace
), relation AS (
    SELECT c.oid, c.relname AS name, 'view ' || c.relname AS written, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    JOIN extension ON d.refobjid = extension.oid
    WHERE c.relkind = 'v' AND c.relnamespace <> 'member'::regnamespace
), called AS (
    SELECT f.oid, f.name, f.written, f.comment, c.level
    FROM function f LEFT JOIN member.call c ON to_regprocedure(c.signature) = f.oid
    UNION ALL SELECT oid, name, written, comment, 'read' FROM relation
)
SELECT name, regexp_replace(written, '::(text|jsonb)', '', 'g'), CASE level WHEN 'pure' THEN 'everyone' ELSE level END,
       regexp_replace(comment, '([|*<`\\])', '\\\1', 'g')
FROM called ORDER BY oid;
SQL
}

# functions DATABASE: a table for each heading.
functions() {
    calls "$1" | awk -F '\t' '
        NR == FNR {
            if (/^-- .* ---+$/) { heading = $0; sub(/^-- /, "", heading); sub(/ -+$/, "", heading) }
            else if (/^CREATE (FUNCTION|VIEW) /) { name = $3; sub(/\(.*/, "", name); group[name] = heading }
            next
        }
        group[$1] != last {
            last = group[$1]
            printf "\n### %s\n\n| function | who | what it does |\n|---|---|---|\n", last
        }
        { printf "| `%s` | %s | %s |\n", $2, $3, $4 }
    ' FS=' ' "$ROOT/sql/functions.sql" FS='\t' -
    echo
}

# errors DATABASE: a table for each class of SQLSTATEs: the first digit behind PM, of PM6 the first two. 40001 is Postgres'
# own; the one that has it is about subscribers.
errors() {
    sql -F $'\t' -d "$1" <<'SQL' |
SELECT id, sqlstate, regexp_replace(hint, '([|*<`\\])', '\\\1', 'g'), class
FROM member_errors() WITH ORDINALITY AS e (id, sqlstate, hint, n),
LATERAL (SELECT CASE WHEN sqlstate NOT LIKE 'PM%' THEN 'PM2' WHEN sqlstate LIKE 'PM6%' THEN substr(sqlstate, 1, 4)
                     ELSE substr(sqlstate, 1, 3) END AS class) AS c
ORDER BY class, n;
SQL
    awk -F '\t' '
        BEGIN {
            heading["PM0"] = "The request"; heading["PM1"] = "Identifiers"
            heading["PM2"] = "Subscribers and dictionaries"; heading["PM3"] = "Datakeys"
            heading["PM4"] = "Events, hooks and tracks"; heading["PM5"] = "Workers and figures"
            heading["PM60"] = "Filters"; heading["PM62"] = "Groups"; heading["PM66"] = "Questionnaires"
            heading["PM67"] = "Stored formats"; heading["PM69"] = "Locks and credentials"; heading["PM7"] = "Erasure"; heading["PM8"] = "Channels, pipelines and messages"
        }
        $4 != last {
            last = $4
            printf "\n### %s: %s…\n\n| id | SQLSTATE | what to do |\n|---|---|---|\n", heading[$4], $4
        }
        { printf "| `%s` | %s | %s |\n", $1, $2, $3 }
    '
    echo
}

# stored FILE: what stands between the markers now.
stored() { sed -n '/^<!-- reference -->$/,/^<!-- \/reference -->$/p' "$1" | sed '1d;$d'; }

# replace FILE: puts standard input between the markers.
replace() {
    local made
    made=$(mktemp)
    cat >"$made"
    sed -i -e "/^<!-- reference -->\$/r $made" -e '/^<!-- reference -->$/,/^<!-- \/reference -->$/{/^<!--/!d}' "$1"
    rm -f "$made"
}

same() { diff -u --label "$1 says" --label "the extension says" <(stored "$1") -; }

cd "$ROOT"
case "${1:-} ${2:-}" in
    "write "?*) functions "$2" | replace README.md; errors "$2" | replace docs/errors.md ;;
    "check "?*) functions "$2" | same README.md; errors "$2" | same docs/errors.md ;;
    *) die "usage: reference.sh write|check DATABASE" ;;
esac
