#!/usr/bin/env bash
# Pipelines beside graphile-worker: the same POST for each of COUNT messages, one request each, to the same receiver; and
# pipelines once more while another session holds an old snapshot.
#
# Ours is a pipeline of three pipes, unpack, pack and http_request, started COUNT times in one transaction; theirs a task
# that sends its payload. A rate counts from the commit to the arrival of the last. The original says 200 to 300 requests a
# second of its own HTTP pipe.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

COUNT=${COUNT:-50000}
ORIGINAL=300

# ours NAME: measures our runs to the receiver of this name.
ours() {
    sql -c "SELECT bench.send_to('http://127.0.0.1:$port/$1')"
    wait_idle
    http_rate "$(dispatcher)" "$1" "$COUNT" 'SELECT bench.start_runs(COUNT)'
}

need_meter
need_peers
start_receiver
sql -f measure.sql -f senders.sql -f pipes.sql

ours ours
read -ra alone <<<"$rate"
hold "$PGDATABASE" 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM member.pipeline_run;'
ours held
read -ra held_up <<<"$rate"
let_go
start_peer graphile "http://127.0.0.1:$port/graphile" 1 24 500
http_rate "$peer" graphile "$COUNT" 'SELECT bench.write_jobs(COUNT)'
end_peer
read -ra peers <<<"$rate"
figure "pipeline, one POST a run, graphile-worker" "${alone[0]}" "${peers[0]}" runs/s '>= 3'
figure "pipeline, one POST a run, the original's rate" "${alone[0]}" "$ORIGINAL" runs/s '>= 3'
figure "pipeline beside an old snapshot, without one" "${held_up[0]}" "${alone[0]}" runs/s '>= 0.9'
printf '    per run, ours and theirs: CPU of the sender %s and %s us, %s and %s octets\n' "${alone[1]}" "${peers[1]}" "${alone[3]}" "${peers[3]}"
