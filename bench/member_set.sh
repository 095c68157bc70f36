#!/usr/bin/env bash
# member_set on an existing member: server time against a bare upsert, against its four statements, and against the same
# semantics in plpgsql; then rates through 1 and 8 clients; WAL and table bytes.
set -euo pipefail
cd "$(dirname "$0")"
psql -X -q -v ON_ERROR_STOP=1 -f measure.sql -f member_set.sql
SECONDS_EACH=${SECONDS_EACH:-10}
rate() { pgbench -n -M simple -c "$1" -j "$1" -T "$SECONDS_EACH" -f "$2" | awk '/^tps/ {print $3}'; }
for clients in 1 8; do
    psql -X -q -c 'VACUUM (ANALYZE) member.body, member.head, member.address, bench.plain' -c CHECKPOINT
    theirs=$(rate "$clients" plain.pgbench)
    psql -X -q -c 'VACUUM (ANALYZE) member.body, member.head, member.address, bench.plain' -c CHECKPOINT
    ours=$(rate "$clients" member_set.pgbench)
    awk -v c="$clients" -v a="$ours" -v b="$theirs" -v g="$([[ $clients == 1 ]] && echo 0.70 || echo 0.60)" \
        'BEGIN {printf "member_set through %d client(s): %d/s, bare upsert %d/s, ours/theirs %.2f, goal >= %s\n", c, a, b, a / b, g}'
done
psql -X -q -v ON_ERROR_STOP=1 -f wal.sql
