#!/usr/bin/env bash
# Builds the release and installs it into the PostgreSQL $PG that pgrx.toml names; asks sudo when that needs it.
. "$(dirname "$0")/lib.sh"

stage=$("$ROOT/scripts/build.sh" release)
if [[ -w $("$(pg_config_of "$PG")" --pkglibdir) ]]; then install=(cp -a --remove-destination)
else install=(sudo cp -a --remove-destination)
fi
# The stage is laid out as below /, so every file knows its place.
(cd "$stage" && find . -type f -printf '%P\n') | while IFS= read -r file; do
    "${install[@]}" "$stage/$file" "/$file"
    printf '  /%s\n' "$file"
done
say "installed; now in any database: CREATE EXTENSION pg_member;"
