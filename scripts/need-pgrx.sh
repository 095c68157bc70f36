#!/usr/bin/env bash
# Prints the path of the cargo-pgrx that fits the pgrx of Cargo.toml; builds it into target/tools when there is none.
. "$(dirname "$0")/lib.sh"

version=$(sed -n 's/^pgrx *=.*"=\([0-9.]*\)".*/\1/p' "$ROOT/Cargo.toml")
[[ -n $version ]] || die "Cargo.toml names no exact version of pgrx"

fits() { [[ -x $1 && $("$1" pgrx --version) == "cargo-pgrx $version" ]]; }

for tool in "$(command -v cargo-pgrx)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-pgrx"; do
    if fits "$tool"; then printf '%s\n' "$tool"; exit 0; fi
done

say "building cargo-pgrx $version into target/tools (a few minutes, once)"
# It only calls cargo and copies files: compiling it quickly is worth more than its speed.
cargo install --quiet --debug "cargo-pgrx@$version" --locked --root "$TARGET/tools" >&2
printf '%s\n' "$TARGET/tools/bin/cargo-pgrx"
