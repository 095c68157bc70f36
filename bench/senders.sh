#!/usr/bin/env bash
# What the benches of the workers share: the meter, the peers, hooks, waiting, and one line a figure. Sourced, never run.
database=$PGDATABASE
. "$(dirname "${BASH_SOURCE[0]}")/../tests/brokers/common.sh"
export PGHOST=$PG_MEMBER_HOST PGPORT=$PG_MEMBER_PORT PGUSER=$PG_MEMBER_USER PGDATABASE=$database

METER=$TARGET/meter/release/examples/meter
PEERS=$TARGET/peers
SECRET=whsec_bXktc2VjcmV0

# Everything that is started here ends with the bench, and its files go.
files=$(mktemp -d /var/tmp/pg_member-bench.XXXXXX)
chmod 755 "$files"
started=()
leave() {
    local status=$? pid
    trap - EXIT
    trap '' INT TERM HUP
    for pid in "${started[@]}"; do end_process "$pid"; done
    "$ROOT/tests/brokers/rabbit.sh" stop "$files/rabbit"
    "$ROOT/tests/brokers/kafka.sh" stop "$files/kafka"
    rm -rf "$files"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# part NAME: whether this part of the bench was chosen.
part() { [[ " $PARTS " == *" $1 "* ]]; }

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# need_meter: builds it, apart from the extension: the two have the library with other features, and would build it anew
# for one another.
need_meter() {
    (cd "$ROOT" && cargo build --quiet --release --target-dir "$TARGET/meter" --no-default-features --features sink --example meter)
}

# need_peers: installs Node's packages below target/, where the peers run from.
need_peers() {
    mkdir -p "$PEERS"
    cp "$ROOT"/bench/peers/*.mjs "$PEERS"
    if cmp -s "$ROOT/bench/peers/package.json" "$PEERS/package.json"; then return; fi
    command -v npm >/dev/null || die "the peers need Node.js 20.18 or newer with npm"
    say "installing the peers into target/peers"
    cp "$ROOT/bench/peers/package.json" "$PEERS/package.json.new"
    (cd "$PEERS" && mv package.json.new package.json && npm install --silent --no-audit --no-fund --ignore-scripts) ||
        { rm -f "$PEERS/package.json"; die "npm install failed"; }
}

# start_receiver: one that counts; $port is where.
start_receiver() {
    port=$(free_ports 1)
    "$METER" serve "$port" >"$files/receiver" 2>&1 &
    started+=($!)
    wait_for_port "$port" $! "$files/receiver"
}

# start_peer PROGRAM ARGUMENT…: runs a peer until end_peer; $peer is its process.
start_peer() {
    : >"$files/peer" # what the last one said must not be taken for this one's
    node "$PEERS/$1.mjs" "${@:2}" >>"$files/peer" 2>&1 &
    peer=$!
    started+=("$peer")
    until grep -q '^ready$' "$files/peer"; do
        kill -0 "$peer" 2>/dev/null || { cat "$files/peer" >&2; die "the peer $1 ended"; }
        sleep 0.05
    done
}
end_peer() { end_process "$peer"; }

# start_hook CONCURRENCY TRANSPORT [EVENTS]: a hook that takes clicks; $hook is its number. What is there counts as done.
start_hook() {
    hook=$(sql -v transport="$2" -v events="${3:-click}" -v concurrency="$1" <<'SQL'
SELECT hook_set(jsonb_build_object('name', 'bench', 'events', jsonb_build_array(:'events'),
           'concurrency', :concurrency, 'transport', :'transport'::jsonb)) ->> 'id'
SQL
    )
    wait_idle
}
end_hook() { sql -c "SELECT hook_delete($hook)" >/dev/null; wait_idle; }
wait_idle() { [[ $(sql -c "SELECT member_wait_idle('10 min')") == t ]] || die "the workers do not come to rest"; }

# http_batch NAME MAX_BATCH: the transport to our receiver, signed.
http_batch() {
    printf '{"type": "http_batch", "url": "http://127.0.0.1:%s/%s", "max_batch": %s, "timeout_sec": 1, "signing_secret": "%s"}' \
        "$port" "$1" "$2" "$SECRET"
}

# need_brokers: both run from the first call on; $rabbit is the URI of one, $PG_MEMBER_KAFKA the place of the other.
need_brokers() {
    if [[ -n ${rabbit:-} ]]; then return; fi
    "$ROOT/scripts/need-brokers.sh"
    set -o allexport
    . <("$ROOT/tests/brokers/rabbit.sh" start "$files/rabbit")
    . <("$ROOT/tests/brokers/kafka.sh" start "$files/kafka")
    set +o allexport
    rabbit=amqp://member:secret@127.0.0.1:${PG_MEMBER_RABBIT_PORT:?RabbitMQ did not start}/%2f
    : "${PG_MEMBER_KAFKA:?the Kafka broker did not start}"
}

# rabbit_queue NAME MAX_BATCH, kafka_topic NAME MAX_BATCH: transports to the brokers.
rabbit_queue() {
    printf '{"type": "rabbitmq_queue", "host": "127.0.0.1", "port": %s, "user": "member", "password": "secret", "queue": "%s", "max_batch": %s}' \
        "$PG_MEMBER_RABBIT_PORT" "$1" "$2"
}
kafka_topic() {
    printf '{"type": "kafka", "brokers": ["%s"], "topic": "%s", "max_batch": %s}' "$PG_MEMBER_KAFKA" "$1" "$2"
}

# dispatcher: the process that carries events out.
dispatcher() { sql -c "SELECT pid FROM member_workers() WHERE worker = 'dispatcher' AND database = current_database()"; }

# cpu_of PROCESS: the seconds of processor time that it has used.
cpu_of() { awk -v tick="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print ($12 + $13) / tick}' "/proc/$1/stat"; }

# commit STATEMENT: runs it; prints when it was committed, in Unix seconds.
commit() { sql -c "$1" -c "SELECT extract(epoch FROM clock_timestamp())" | tail -n 1; }

# http_rate PROCESS NAME COUNT STATEMENT: after a tenth to warm up, commits what the statement writes (COUNT stands for
# how many) and waits until all of it has come to the receiver. $rate is then events a second, microseconds of CPU of
# the process an event, events a request, octets an event.
http_rate() {
    local warm=$(($3 / 1000 * 100)) cpu committed arrived requests octets before_requests before_octets
    commit "${4//COUNT/$warm}" >/dev/null
    read -r _ before_requests before_octets < <(curl -s "http://127.0.0.1:$port/$2/$warm")
    cpu=$(cpu_of "$1") committed=$(commit "${4//COUNT/$3}")
    read -r arrived requests octets < <(curl -s "http://127.0.0.1:$port/$2/$((warm + $3))")
    cpu=$(awk -v a="$cpu" -v b="$(cpu_of "$1")" 'BEGIN {print b - a}')
    rate=$(awk -v n="$3" -v s="$arrived" -v c="$committed" -v cpu="$cpu" -v r="$((requests - before_requests))" \
        -v o="$((octets - before_octets))" \
        'BEGIN {printf "%.0f %.1f %.1f %.0f\n", n / (s - c), cpu * 1e6 / n, n / r, o / n}')
}

# hold DATABASE STATEMENTS: a session runs them and then sits idle in its transaction, until let_go.
hold() {
    mkfifo "$files/holder"
    psql -X -q -A -t -d "$1" <"$files/holder" >"$files/held" &
    holder=$!
    started+=("$holder")
    exec {held}>"$files/holder"
    printf '%s\n' "$2" >&"$held"
    until [[ -s $files/held ]]; do sleep 0.05; done
}
let_go() {
    exec {held}>&-
    wait "$holder"
    rm "$files/holder" "$files/held"
}

# figure NAME OURS THEIRS UNIT GOAL: a rate or another number of which more is better, in one line.
figure() {
    awk -v name="$1" -v a="$2" -v b="$3" -v unit="$4" -v goal="$5" \
        'BEGIN {printf "%-58s ours %9s  theirs %9s %-9s ours/theirs %6.2f  goal %s\n", name, a, b, unit, (b > 0 ? a / b : 0), goal}'
}
