#!/usr/bin/env bash
# What the suites that talk to a server share: fresh databases, comparing output, counting. Sourced, never run.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ -n ${PG_MEMBER_HOST:-} ]] || die "this suite is run by: make test ONLY=…"
export PGHOST=$PG_MEMBER_HOST PGPORT=$PG_MEMBER_PORT PGUSER=$PG_MEMBER_USER
shopt -s nullglob
passed=0 failed=0

# psql takes Ctrl-C for itself: the suite must end all the same.
trap 'exit 130' INT
trap 'exit 143' TERM

pass() { passed=$((passed + 1)); printf '    ok    %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf '    FAIL  %s\n' "$1"; }

# tally: tells test.sh what came out; a suite ends with it.
tally() {
    printf '%d %d\n' "$passed" "$failed" >>"$PG_MEMBER_TALLY"
    ((failed == 0))
}

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# fresh_database NAME [TEMPLATE]: an empty database that has the extension, or a copy of TEMPLATE.
fresh_database() { sql -d postgres -c "CREATE DATABASE \"$1\" TEMPLATE ${2:-$PG_MEMBER_TEMPLATE}"; }
drop_database() { sql -d postgres -c "DROP DATABASE \"$1\" WITH (FORCE)"; }

# compare NAME OUTPUT EXPECTED: passes when both files are equal. ACCEPT=1 makes OUTPUT the expected one.
compare() {
    if [[ -n ${ACCEPT:-} ]]; then cp "$2" "$3"; fi
    if [[ ! -f $3 ]]; then
        fail "$1: there is no ${3#"$ROOT"/}; look at ${2#"$ROOT"/}, then: make regress-accept TEST=$1"
    elif diff -u --label "expected ${3#"$ROOT"/}" --label "got ${2#"$ROOT"/}" "$3" "$2"; then pass "$1"
    else fail "$1"
    fi
}

# chosen NAME: true when TEST does not ask for another file.
chosen() { [[ -z ${TEST:-} || $TEST == "$1" ]]; }
