#!/usr/bin/env bash
# The documentation is a test: every ```sql block of README.md and docs/*.md runs, in order, in a database of the file's
# own. A ```text block that follows it directly is what `psql -X -q -A -t` must show, errors included; without one the
# block only has to succeed. Each block is one session. A file that says CREATE EXTENSION starts from an empty database,
# the others from one that has the extension. README.md runs in a server like the demo's, where the workers run: there a
# reader pastes it. The tables of functions and of errors must be what the extension says:
# `make test ONLY=docs TEST=reference ACCEPT=1` writes them anew.
. "$(dirname "$0")/../../scripts/suite.sh"
. "$ROOT/scripts/rooms.sh"

results=$PG_MEMBER_RESULTS/docs

# split FILE DIR: writes block N to DIR/N.sql, its line number to DIR/N.line and the text that must follow to DIR/N.text.
split() {
    awk -v dir="$2" '
        /^ *```/ && !inside {
            inside = 1; kind = $0; sub(/^ *```/, "", kind)
            indent = match($0, /`/) - 1
            if (kind == "sql") { n++; out = sprintf("%s/%03d.sql", dir, n); after = 1; print NR > sprintf("%s/%03d.line", dir, n) }
            else if (kind == "text" && after) { out = sprintf("%s/%03d.text", dir, n); after = 0 }
            else { out = ""; after = 0 }
            if (out != "") printf "" > out
            next
        }
        /^ *```/ { inside = 0; if (out != "") close(out); next }
        inside { if (out != "") print substr($0, indent + 1) > out; next }
        NF { after = 0 }
    ' "$1"
}

# run_block FILE DATABASE BLOCK: runs DIR/N.sql and judges it.
run_block() {
    local base=${3%.sql} where status=0
    where=$1:$(<"$base.line")
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$2" <"$3" >"$base.got" 2>&1 || status=$?
    if [[ -f $base.text ]]; then
        if diff -u --label "$where says" --label "psql shows" "$base.text" "$base.got"; then pass "$where"; else fail "$where"; fi
    elif ((status)); then sed 's/^/    /' "$base.got"; fail "$where: the block fails"
    else pass "$where"
    fi
}

# check_reference: compares the tables of functions and of errors with the extension.
check_reference() {
    local database=docs_reference
    fresh_database "$database"
    if [[ -n ${ACCEPT:-} ]]; then "$ROOT/scripts/reference.sh" write "$database"; fi
    if "$ROOT/scripts/reference.sh" check "$database"; then pass reference
    else fail "reference (make test ONLY=docs TEST=reference ACCEPT=1 writes it)"
    fi
    drop_database "$database"
}

# check_file FILE: runs its blocks.
check_file() {
    local file=$1 name template=$PG_MEMBER_TEMPLATE block blocks
    name=$(basename "$file" .md)
    mkdir -p "$results/$name"
    split "$file" "$results/$name"
    blocks=("$results/$name"/*.sql)
    ((${#blocks[@]})) || return 0
    if grep -qi 'create extension' "${blocks[@]}"; then template=template0; fi
    fresh_database "docs_$name" "$template"
    for block in "${blocks[@]}"; do run_block "$file" "docs_$name" "$block"; done
    drop_database "docs_$name"
}

# check_readme: runs README.md where the demo's reader would.
check_readme() {
    make_cluster "$PG_MEMBER_ROOM" demo
    start_with_workers "$PG_MEMBER_ROOM" demo -c fsync=off
    trap 'stop_cluster "$PG_MEMBER_ROOM" demo' EXIT
    PGHOST=$PG_MEMBER_ROOM/demo/sock check_file README.md
    trap - EXIT
    stop_cluster "$PG_MEMBER_ROOM" demo
}

cd "$ROOT"
if chosen reference; then check_reference; fi
if chosen README; then check_readme; fi
for file in docs/*.md; do
    if chosen "$(basename "$file" .md)"; then check_file "$file"; fi
done
tally
