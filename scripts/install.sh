#!/usr/bin/env bash
# Builds the release and installs it into the PostgreSQL $PG that pgrx.toml names; asks sudo when that needs it.
. "$(dirname "$0")/lib.sh"

stage=$("$ROOT/scripts/build.sh" release)
if [[ -w $("$(pg_config_of "$PG")" --pkglibdir) ]]; then install=(install)
else install=(sudo install)
fi
# The stage is laid out as below /, so every file knows its place. What is installed belongs to whoever installs, is
# nobody else's to write and everybody's to read; a library in use is replaced, not overwritten.
(cd "$stage" && find . -type f -printf '%P\n') | while IFS= read -r file; do
    mode=644
    if [[ $file == *.so ]]; then mode=755; fi
    "${install[@]}" -D -m "$mode" "$stage/$file" "/$file"
    printf '  /%s\n' "$file"
done
say "installed; now in any database: CREATE EXTENSION pg_member;"
