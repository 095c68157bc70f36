#!/usr/bin/env bash
# Tests of the pure half: no PostgreSQL in sight. `cargo test --no-default-features` runs them too, and builds less.
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
test_suite --lib -- "${TEST:-domain::}" | "$ROOT/scripts/count-cargo.sh"
