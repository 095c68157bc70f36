#!/usr/bin/env bash
# Hooks beside what people would write or install instead: rates to HTTP, RabbitMQ and Kafka, the delay from a commit to
# the first byte at the receiver, and what sick hooks do to a healthy one.
#
# Peers (bench/peers, Node.js): a queue table and a loop written by hand, graphile-worker, amqplib, kafkajs. pg_net is in
# no registry that this project uses, so it is not measured here. All send the same texts to the same receiver, signed
# with the same key. A rate counts from the commit of all events, workers idle before it, to the arrival of the last.
# PARTS chooses parts (http brokers delay neighbours), COUNT is the events of a rate, COMMITS those of a delay, PAUSE_MS
# the pause between them.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

PARTS=${PARTS:-http brokers delay neighbours}
COUNT=${COUNT:-100000}
COMMITS=${COMMITS:-500}
PAUSE_MS=${PAUSE_MS:-20}

part() { [[ " $PARTS " == *" $1 "* ]]; }

# ours_http NAME CONCURRENCY MAX_BATCH, hand_http NAME LOOPS BATCH, graphile_http NAME JOBS BATCH: $rate to the receiver.
ours_http() {
    start_hook "$2" "$(http_batch "$1" "$3")"
    http_rate "$(dispatcher)" "$1" "$COUNT" 'SELECT bench.write_events(COUNT)'
    end_hook
}
hand_http() {
    start_peer hand "http://127.0.0.1:$port/$1" "$3" "$2"
    http_rate "$peer" "$1" "$COUNT" 'SELECT bench.write_queue(COUNT)'
    end_peer
}
graphile_http() {
    start_peer graphile "http://127.0.0.1:$port/$1" "$3" "$2" 500
    http_rate "$peer" "$1" "$COUNT" 'SELECT bench.write_jobs(COUNT)'
    end_peer
}

# compare_http NAME GOAL OURS THEIRS: two results of http_rate as a figure.
compare_http() {
    local a b
    read -ra a <<<"$3"
    read -ra b <<<"$4"
    figure "$1" "${a[0]}" "${b[0]}" events/s "$2"
    printf '    per event, ours and theirs: CPU of the sender %s and %s us, %s and %s octets; events a request %s and %s\n' \
        "${a[1]}" "${b[1]}" "${a[3]}" "${b[3]}" "${a[2]}" "${b[2]}"
}

rates_to_http() {
    local ours lines
    for lines in 1 4; do
        ours_http "ours-$lines" "$lines" 100
        ours=$rate
        hand_http "hand-$lines" "$lines" 100
        compare_http "HTTP, batches of 100, $lines at once, loop by hand" '> 1' "$ours" "$rate"
        graphile_http "graphile-$lines" $((lines * 100)) 100
        compare_http "HTTP, batches of 100, $lines at once, graphile-worker" '> 1' "$ours" "$rate"
    done
    ours_http ours-single 16 1
    ours=$rate
    graphile_http graphile-single 24 1
    compare_http "HTTP, one event a POST, 16 at once, graphile-worker" '>= 1.5' "$ours" "$rate"
    hand_http hand-single 16 1
    compare_http "HTTP, one event a POST, 16 at once, loop by hand" '> 1' "$ours" "$rate"
}

need_meter
need_peers
start_receiver
sql -f measure.sql -f senders.sql
say "$COUNT events a rate; $COMMITS commits a delay, one every $PAUSE_MS ms; Node.js $(node --version)"
if part http; then rates_to_http; fi
