#!/usr/bin/env bash
# member_merge of two subscribers of ten heads and 4 kB each, against the same plan in plpgsql.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -f measure.sql -f merge.sql
