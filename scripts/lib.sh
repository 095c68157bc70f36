#!/usr/bin/env bash
# What every script here shares: where things are, how to speak, which server is meant, and who may run it.
# Sourced, never run.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
TARGET=$ROOT/target
PG=${PG:-15}
PATH=$TARGET/tools/bin:$PATH
export LC_ALL=C.UTF-8

# cargo_ci COMMAND…: cargo for tests and lints. The flag is the one that cargo-pgrx builds with: flags that differ would
# mean that every dependency is compiled twice.
cargo_ci() {
    cargo --config "target.'cfg(all(target_family = \"unix\", not(target_os = \"macos\")))'.rustflags = [\"-C\", \"link-arg=-Wl,--no-gc-sections\"]" \
        "$1" --profile ci "${@:2}"
}

# test_suite COMMAND…: `cargo test` on what every suite in Rust is built with: one set of features, so that the library is
# compiled for them once.
test_suite() { cargo_ci test --quiet --no-fail-fast --no-default-features --features server-tests,sink "$@"; }

# The caller's own psql settings must not reach our clients.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGSSLMODE \
      PGTZ PGDATESTYLE PGCLIENTENCODING PGAPPNAME PSQLRC

say() { printf '==> %s\n' "$*" >&2; }
die() { printf 'pg_member: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND…: runs it as root, or fails when there is neither root nor a sudo that asks nothing.
as_root() {
    if ((EUID == 0)); then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

# pg_config_of MAJOR: the absolute path that pgrx.toml gives for this major.
pg_config_of() {
    local path
    path=$(sed -n "s/^pg$1 *= *\"\(.*\)\".*/\1/p" "$ROOT/pgrx.toml")
    [[ -n $path ]] || die "pgrx.toml names no pg_config for PostgreSQL $1"
    [[ $path == /* ]] || path=$ROOT/$path
    printf '%s\n' "$path"
}

# server_user: who the server runs as. PostgreSQL refuses to run as root, so root hands it to the user `postgres`, who comes
# with Debian's package, or to `nobody`. Asked at each use: the package may have been installed meanwhile.
server_user() {
    if ((EUID != 0)); then id -un
    elif id postgres >/dev/null 2>&1; then echo postgres
    else echo nobody
    fi
}

# as_server COMMAND…: runs it as the server's user, with a clean environment, in a directory that user may enter.
as_server() {
    if ((EUID != 0)); then (cd / && "$@")
    else
        local user
        user=$(server_user)
        (cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups \
            env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@")
    fi
}
