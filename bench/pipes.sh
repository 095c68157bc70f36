#!/usr/bin/env bash
# Pipelines beside graphile-worker: the same POST for each of COUNT messages, one request each, to the same receiver.
#
# Ours is a pipeline of two pipes, pack and http_request, started COUNT times in one transaction; theirs a task that sends
# its payload. A rate counts from the commit to the arrival of the last. The original says 200 to 300 requests a second of
# its own HTTP pipe.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

COUNT=${COUNT:-50000}
ORIGINAL=300

need_meter
need_peers
start_receiver
sql -f senders.sql
sql -v url="http://127.0.0.1:$port/ours" -f pipes.sql

wait_idle
http_rate "$(dispatcher)" ours "$COUNT" 'SELECT bench.start_runs(COUNT)'
ours=$rate
start_peer graphile "http://127.0.0.1:$port/graphile" 1 24 500
http_rate "$peer" graphile "$COUNT" 'SELECT bench.write_jobs(COUNT)'
end_peer
read -ra a <<<"$ours"
read -ra b <<<"$rate"
figure "pipeline, one POST a run, graphile-worker" "${a[0]}" "${b[0]}" runs/s '>= 3'
figure "pipeline, one POST a run, the original's rate" "${a[0]}" "$ORIGINAL" runs/s '>= 3'
printf '    per run, ours and theirs: CPU of the sender %s and %s us, %s and %s octets\n' "${a[1]}" "${b[1]}" "${a[3]}" "${b[3]}"
