#!/usr/bin/env bash
# Prints a PGRX_HOME for PostgreSQL $PG, whose config.toml says what pgrx.toml says. One home per major: cargo-pgrx
# wants every server that its configuration names to be there.
. "$(dirname "$0")/lib.sh"

home=$TARGET/pgrx/$PG
config=$(printf '[configs]\npg%s = "%s"' "$PG" "$(pg_config_of "$PG")")
mkdir -p "$home"
# Left untouched when nothing changed: pgrx is built again when this file is newer.
if [[ ! -f $home/config.toml || $(<"$home/config.toml") != "$config" ]]; then printf '%s\n' "$config" >"$home/config.toml"; fi
printf '%s\n' "$home"
