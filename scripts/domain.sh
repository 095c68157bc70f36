#!/usr/bin/env bash
# Tests of the pure half: no PostgreSQL in sight. The same as `cargo test --no-default-features`, in the profile that the
# other suites build with.
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
cargo_ci test --quiet --no-fail-fast --no-default-features | "$ROOT/scripts/count-cargo.sh"
