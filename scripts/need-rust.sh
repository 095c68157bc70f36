#!/usr/bin/env bash
# Makes sure that Rust's formatter and its lints are there: the smallest installation of Rust leaves them out.
. "$(dirname "$0")/lib.sh"

if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then exit 0; fi
say "adding rustfmt and clippy to Rust"
rustup component add rustfmt clippy >&2 || die "rustfmt and clippy are missing. Please install them; where rustup is, with:
    rustup component add rustfmt clippy"
