#!/usr/bin/env bash
# datakey_apply against nested jsonb_set: bodies of 0.4, 1.4, 8 and 40 kB, programs of 1, 5 and 20 operations.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -f measure.sql -f datakey.sql
