#!/usr/bin/env bash
# Fuzzes every target of fuzz/ for SECONDS_EACH seconds (60), one after the other. Installs cargo-fuzz when it is missing.
. "$(dirname "$0")/lib.sh"

seconds=${SECONDS_EACH:-60}
"$ROOT/scripts/need-debian.sh"
cd "$ROOT"
command -v cargo-fuzz >/dev/null || {
    say "building cargo-fuzz into target/tools (once)"
    cargo install --quiet cargo-fuzz --locked --root "$TARGET/tools"
}
targets=$(cargo fuzz list)
[[ -n $targets ]] || die "fuzz/ has no targets"
failed=0 passed=0
for target in $targets; do
    [[ -z ${TEST:-} || $TEST == "$target" ]] || continue
    say "fuzzing $target for $seconds s"
    # `-s none`: sanitizers need a nightly compiler, and the code fuzzed here has no unsafe.
    if cargo fuzz run -s none "$target" -- -max_total_time="$seconds"; then passed=$((passed + 1))
    else failed=$((failed + 1)); printf '    FAIL  %s\n' "$target"
    fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
