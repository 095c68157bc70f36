#!/usr/bin/env bash
# email_normalize against lower(btrim(x)); phone_normalize on common writing, and against the phone library alone.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -f measure.sql -f normalise.sql
cargo bench --quiet --no-default-features --bench phone
