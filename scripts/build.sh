#!/usr/bin/env bash
# Builds the extension for PostgreSQL $PG into target/stage/$PG-PROFILE, laid out as below / of the machine.
# Usage: build.sh PROFILE     (`ci` for tests, `release` for use)
. "$(dirname "$0")/lib.sh"

profile=$1
stage=$TARGET/stage/$PG-$profile
"$ROOT/scripts/need-debian.sh"
"$ROOT/scripts/need-server.sh"
cargo_pgrx=$("$ROOT/scripts/need-pgrx.sh")
home=$("$ROOT/scripts/pgrx-home.sh")

say "building the extension for PostgreSQL $PG ($profile)"
rm -rf "$stage"
cd "$ROOT"
PGRX_HOME=$home "$cargo_pgrx" pgrx package --profile "$profile" --no-default-features --features "pg$PG" \
    --pg-config "$(pg_config_of "$PG")" --out-dir "$stage" >&2
printf '%s\n' "$stage"
