#!/usr/bin/env bash
# An import of COUNT rows of ten columns from a file, three in ten of whom are there: by a track, beside COPY to a staging
# table and INSERT … ON CONFLICT into tables of the same form. An express import beside COPY of the same file. What member_set
# through four clients keeps of its rate meanwhile. What memory the worker came to.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

COUNT=${COUNT:-1000000}
SECONDS_EACH=${SECONDS_EACH:-15}
file=$files/people.csv

# imported REQUEST: begins an import of the file and waits for its end; prints the seconds between.
imported() {
    sql -v request="$1" <<'SQL'
SELECT clock_timestamp() AS begun \gset
SELECT member_import(:'request') ->> 'track.id' AS track \gset
SELECT track_wait(:track, '1 h') #>> '{obj,status}' = '-1' AS is_done \gset
\if :is_done
SELECT extract(epoch FROM clock_timestamp() - :'begun');
\else
SELECT track_get(jsonb_build_object('id', :track));
\endif
SQL
}

# rows_in SECONDS: rows a second.
rows_in() { awk -v n="$COUNT" -v s="$1" 'BEGIN {printf "%.0f", n / s}'; }

# memory_of PROCESS: the most memory of its own that it had, in megabytes: shared buffers are the server's.
memory_of() { awk '/^VmRSS|^RssShmem/ {mb[$1] = $2 / 1024} END {printf "%.0f", mb["VmRSS:"] - mb["RssShmem:"]}' "/proc/$1/status"; }

# watch_memory: notes the memory of the worker until stop_watching; $most is its peak in megabytes.
watch_memory() {
    (
        peak=0
        while :; do
            for worker in $(pgrep -f 'pg_member jobs'); do
                now=$(memory_of "$worker" 2>/dev/null || echo 0)
                if ((now > peak)); then peak=$now; echo "$peak" >"$files/peak"; fi
            done
            sleep 0.2
        done
    ) &
    watcher=$!
    started+=("$watcher")
}
stop_watching() { end_process "$watcher"; most=$(cat "$files/peak"); }

people() { psql -X -q -A -t -v ON_ERROR_STOP=1 -v count="$COUNT" "$@"; }

people -f measure.sql -f import.sql
people -c "\copy bench.file TO '$file' WITH (FORMAT csv, HEADER)"
chmod 644 "$file"
url="\"users.url\": \"file://$file\""

watch_memory
ours=$(imported "{$url}")
stop_watching
theirs=$(people -v file="$file" -f import_plain.sql | tail -n 1)
figure 'import, 30 % there / COPY and ON CONFLICT' "$(rows_in "$ours")" "$(rows_in "$theirs")" rows/s '>= 0.50'
printf '    memory of the worker: %s MB, goal <= 200\n' "$most"

copied=$(people -v file="$file" -f import_copy.sql | tail -n 1)
express=$(imported "{$url, \"express\": 1}")
figure 'express import / COPY' "$(rows_in "$express")" "$(rows_in "$copied")" rows/s '>= 0.80'

# member_set: rate through four clients, on people of its own.
sets() { pgbench -n -M simple -c 4 -j 2 -T "$SECONDS_EACH" -f member_set.pgbench | awk '/^tps/ {printf "%.0f", $3}'; }
people -c "SELECT count(member_set('person' || n || '@example.com', '[]')) FROM generate_series(1, 10000) n" -c 'VACUUM ANALYZE' >/dev/null
idle=$(sets)
# Everybody is there by now, and every row changes somebody.
changed=$files/changed.csv
people -c "UPDATE bench.file SET \"shop.a\" = \"shop.a\" || ' again', \"shop.f\" = -\"shop.f\"::bigint"
people -c "\copy bench.file TO '$changed' WITH (FORMAT csv, HEADER)"
chmod 644 "$changed"
track=$(people -c "SELECT member_import('{\"users.url\": \"file://$changed\", \"if_exists\": \"must\"}') ->> 'track.id'")
until [[ $(people -c "SELECT track_get('{\"id\": $track}') #>> '{obj,status}'") -gt 0 ]]; do sleep 0.1; done
busy=$(sets)
people -c "SELECT track_set('{\"id\": $track, \"set\": \"stop\"}')" -c "SELECT track_wait($track, '5 min')" >/dev/null
figure 'member_set, 4 clients, beside an import' "$busy" "$idle" calls/s '>= 0.50'
