#!/usr/bin/env bash
# Tests that speak to the server as a program does: the Rust files of tests/ that use tests/support.
. "$(dirname "$0")/../scripts/suite.sh"

cd "$ROOT"
files=$(grep -l '^mod support;' tests/*.rs)
tests=()
for file in $files; do tests+=(--test "$(basename "$file" .rs)"); done
test_suite "${tests[@]}" ${TEST:+-- "$TEST"} | "$ROOT/scripts/count-cargo.sh"
