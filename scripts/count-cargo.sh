#!/usr/bin/env bash
# Reads what `cargo test` prints from standard input, shows it, and adds `passed failed` to the suite's tally.
. "$(dirname "$0")/lib.sh"

awk -v tally="${PG_MEMBER_TALLY:?is set by scripts/test.sh}" '
    { print; fflush() }
    /^test result:/ { p += $4; f += $6 }
    END { print p + 0, f + 0 >> tally }'
