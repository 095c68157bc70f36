#!/usr/bin/env bash
# An import of COUNT rows of ten columns, three in ten of whom are there, against a staging table and INSERT … ON CONFLICT into
# tables of the same form. One session each: what a worker does with a file is the same work behind the reading.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -v count="${COUNT:-1000000}" -f measure.sql -f import.sql
