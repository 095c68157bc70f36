#!/usr/bin/env bash
# member_set of a new member against raw INSERT statements that write the same rows, with 0 and with 200,000 members there.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -f measure.sql -f new_member.sql
