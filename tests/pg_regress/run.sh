#!/usr/bin/env bash
# Regression tests: every sql/NAME.sql runs in its own fresh database that has the extension, and what psql shows must
# be expected/NAME.out. Where a server's major words something differently, expected/NAME.pgNN.out is taken there.
. "$(dirname "$0")/../../scripts/suite.sh"

here=$ROOT/tests/pg_regress
results=$PG_MEMBER_RESULTS/regress
mkdir -p "$results"

for file in "$here"/sql/*.sql; do
    name=$(basename "$file" .sql)
    chosen "$name" || continue
    expected=$here/expected/$name.out
    if [[ -f $here/expected/$name.pg$PG.out ]]; then expected=$here/expected/$name.pg$PG.out; fi
    fresh_database "regress_$name"
    # The last status is of no interest: an error that a test provokes is in the output.
    (cd "$here" && psql -X -a -q -v HIDE_TABLEAM=on -v HIDE_TOAST_COMPRESSION=on -d "regress_$name" <"$file") \
        >"$results/$name.out" 2>&1 || say "psql lost the server in $name"
    drop_database "regress_$name"
    compare "$name" "$results/$name.out" "$expected"
done
tally
