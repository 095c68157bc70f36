#!/usr/bin/env bash
# Hooks beside what people would write or install instead: rates to HTTP, RabbitMQ and Kafka, the delay from a commit to
# the first byte at the receiver, and what sick hooks do to a healthy one.
#
# Peers (bench/peers, Node.js): a queue table and a loop written by hand, graphile-worker, amqplib, kafkajs. pg_net is in
# no registry that this project uses, so it is not measured here. All send the same texts to the same receiver, signed
# with the same key. A rate counts from the commit of all events, workers idle before it, to the arrival of the last.
# PARTS chooses parts (http brokers delay neighbours), COUNT is the events of a rate, COMMITS those of a delay, PAUSE_MS
# the pause between them, STREAM_MS that in the stream to a hook with neighbours.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

PARTS=${PARTS:-http brokers delay neighbours}
COUNT=${COUNT:-100000}
COMMITS=${COMMITS:-500}
PAUSE_MS=${PAUSE_MS:-20}
STREAM_MS=${STREAM_MS:-10}

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

# A commit of one event for each sender, and where it sends; the receiver is a port of the meter's own.
CLICK="SELECT event_emit('{\"event_type\": \"click\", \"email\": \"person1@example.com\", \"event_data\": {\"link_url\": \"https://example.com/catalogue/1\"}}')"
ROW="SELECT bench.write_queue(1)"
JOB="SELECT bench.write_jobs(1)"

# delay SOURCE STATEMENT: $delay is p50, p99, the longest and p50 of COMMIT itself, in milliseconds.
delay() { delay=$("$METER" delay "$1" "$COMMITS" "$PAUSE_MS" "$2"); }

# show_delay NAME OURS [THEIRS]: a line for one sender, or for ours and a peer's.
show_delay() {
    local a b
    read -ra a <<<"$2"
    printf '%-58s ours p50 %6.2f p99 %6.2f ms' "$1" "${a[0]}" "${a[1]}"
    if [[ -n ${3:-} ]]; then
        read -ra b <<<"$3"
        printf '  theirs p50 %6.2f p99 %6.2f ms  theirs/ours p50 %s' "${b[0]}" "${b[1]}" \
            "$(awk -v a="${a[0]}" -v b="${b[0]}" 'BEGIN {printf "%.2f", b / a}')"
    fi
    printf '  goal p50 <= 1, p99 <= 3; COMMIT itself %.2f ms\n' "${a[3]}"
}

ours_delay() {
    start_hook 1 "$2"
    delay "$1" "$CLICK"
    end_hook
}

# compare_delays WHEN: ours to each kind of receiver, and the peers over HTTP.
compare_delays() {
    local ours topic=delay-${1// /-}
    port=$(free_ports 1)
    ours_delay "http:$port" "$(http_batch delay 1)"
    ours=$delay
    start_peer hand "http://127.0.0.1:$port/delay" 1 1
    delay "http:$port" "$ROW"
    end_peer
    show_delay "delay to HTTP, $1, loop by hand" "$ours" "$delay"
    start_peer graphile "http://127.0.0.1:$port/delay" 1 4 0
    delay "http:$port" "$JOB"
    end_peer
    show_delay "delay to HTTP, $1, graphile-worker" "$ours" "$delay"
    ours_delay "rabbit:$rabbit" "$(rabbit_queue delay 1)"
    show_delay "delay to RabbitMQ, $1" "$delay"
    "$METER" topic "$PG_MEMBER_KAFKA" "$topic"
    ours_delay "kafka:$PG_MEMBER_KAFKA/$topic" "$(kafka_topic "$topic" 1)"
    show_delay "delay to Kafka, $1" "$delay"
}

delays() {
    need_brokers
    compare_delays idle
    hold postgres 'BEGIN; SELECT pg_current_xact_id();'
    compare_delays "idle transaction elsewhere"
    let_go
}

# neighbours: a steady stream to a healthy hook, alone and beside three sick ones.
neighbours() {
    local alone sick=() path nobody
    read -r port nobody < <(free_ports 2)
    COMMITS=$((COMMITS * 4)) PAUSE_MS=$STREAM_MS ours_delay "http:$port" "$(http_batch delay 1)"
    alone=$delay
    for path in hang slow; do
        start_hook 1 "$(http_batch "$path" 1)"
        sick+=("$hook")
    done
    start_hook 1 "$(port=$nobody http_batch refused 1)"
    sick+=("$hook")
    start_hook 1 "$(http_batch delay 1)"
    COMMITS=$((COMMITS * 4)) PAUSE_MS=$STREAM_MS delay "http:$port" "$CLICK"
    sql -c "SELECT hook_delete(n) FROM unnest(ARRAY[$(IFS=,; echo "${sick[*]}")]::bigint[]) n" >/dev/null
    end_hook
    show_neighbours "$alone" "$delay"
}
show_neighbours() {
    local a b
    read -ra a <<<"$1"
    read -ra b <<<"$2"
    awk -v a="${a[1]}" -v b="${b[1]}" -v c="${a[0]}" -v d="${b[0]}" \
        'BEGIN {printf "%-58s alone p50 %.2f p99 %.2f ms  beside sick ones p50 %.2f p99 %.2f ms  p99 ratio %.2f  goal <= 2\n",
                "delay of a healthy hook", c, a, d, b, b / a}'
}

# broker_rates NAME GOAL TRANSPORT SINK: ours beside the client alone, which publishes the same text from memory, and
# beside a loop by hand, which takes its texts from its queue.
broker_rates() {
    local ours alone text
    start_hook 1 "$3"
    drained_rate "$(dispatcher)" 'SELECT bench.write_events(COUNT)' wait_idle
    end_hook
    ours=$rate
    text=$(sql -c "SELECT bench.envelope(1)")
    alone=$(node "$PEERS/publish.mjs" "$4-alone" "$COUNT" 1000 "$text")
    compare_broker "$1, the client alone" "$2" "$ours" "$alone"
    start_peer hand "$4-hand" 1000 1
    drained_rate "$peer" 'SELECT bench.write_queue(COUNT)' queue_is_empty
    end_peer
    compare_broker "$1, loop by hand" "$2" "$ours" "$rate"
}

# drained_rate PROCESS STATEMENT WAIT: as http_rate, where the end is when WAIT returns. $rate is events a second and
# microseconds of CPU an event.
drained_rate() {
    local cpu begun ended
    sql -c "${2//COUNT/$((COUNT / 10))}" >/dev/null
    "$3"
    cpu=$(cpu_of "$1") begun=$(commit "${2//COUNT/$COUNT}")
    "$3"
    ended=$(date +%s.%N)
    rate=$(awk -v n="$COUNT" -v s="$ended" -v c="$begun" -v a="$cpu" -v b="$(cpu_of "$1")" \
        'BEGIN {printf "%.0f %.2f\n", n / (s - c), (b - a) * 1e6 / n}')
}
queue_is_empty() {
    until [[ $(sql -c "SELECT NOT EXISTS (SELECT FROM bench.queue)") == t ]]; do sleep 0.05; done
}

compare_broker() {
    local a b
    read -ra a <<<"$3"
    read -ra b <<<"$4"
    figure "$1" "${a[0]}" "${b[0]}" events/s "$2"
    printf '    CPU of the sender per event: ours %s us, theirs %s us\n' "${a[1]}" "${b[1]}"
}

rates_to_brokers() {
    need_brokers
    broker_rates "RabbitMQ, confirmed, parcels of 1,000" '>= 1 at less CPU' "$(rabbit_queue ours 1000)" "$rabbit#queue"
    for topic in ours queue-alone queue-hand; do "$METER" topic "$PG_MEMBER_KAFKA" "$topic"; done
    broker_rates "Kafka, acks all, parcels of 1,000" '>= 1' "$(kafka_topic ours 1000)" "kafka://$PG_MEMBER_KAFKA/queue"
}

need_meter
need_peers
start_receiver
sql -f measure.sql -f senders.sql
say "$COUNT events a rate; $COMMITS commits a delay, one every $PAUSE_MS ms; Node.js $(node --version)"
if part http; then rates_to_http; fi
if part brokers; then rates_to_brokers; fi
if part delay; then delays; fi
if part neighbours; then neighbours; fi
