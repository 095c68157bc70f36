#!/usr/bin/env bash
# Isolation tests: every specs/NAME.spec is a set of sessions whose steps PostgreSQL's isolationtester interleaves, in a
# fresh database that has the extension; what it shows must be expected/NAME.out.
. "$(dirname "$0")/../../scripts/suite.sh"

here=$ROOT/tests/isolation
results=$PG_MEMBER_RESULTS/isolation
# It comes with Debian's postgresql-server-dev-15 and speaks to every later server.
isolationtester=$("$(pg_config_of 15)" --pkglibdir)/pgxs/src/test/isolation/isolationtester
mkdir -p "$results"

for file in "$here"/specs/*.spec; do
    name=$(basename "$file" .spec)
    chosen "$name" || continue
    fresh_database "isolation_$name"
    PGAPPNAME=isolation/$name "$isolationtester" "dbname=isolation_$name" <"$file" >"$results/$name.out" 2>&1 \
        || printf 'isolationtester ended with %d\n' $? >>"$results/$name.out"
    drop_database "isolation_$name"
    compare "$name" "$results/$name.out" "$here/expected/$name.out"
done
tally
