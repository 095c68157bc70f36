#!/usr/bin/env bash
# The log: how fast it is read, beside pgq; how fast it is carried out over HTTP, beside a loop by hand; what an event
# costs the transaction that writes it, beside a plain INSERT; what an old snapshot of another session does to both.
#
# Reading counts from the commit of all events (one transaction) until the workers rest: order, claim, read, by a hook
# whose filter takes none. For pgq it counts the tick, the batch and reading it inside the server.
# PARTS chooses parts (read drain outbox snapshot); EVENTS is how many are read and carried out, STEPS of STEP events are
# carried out beside the old snapshot.
. "$(dirname "$0")/senders.sh"
cd "$ROOT/bench"

PARTS=${PARTS:-read drain outbox snapshot}
EVENTS=${EVENTS:-1000000}
STEPS=${STEPS:-20}
STEP=${STEP:-10000}

read_log() {
    local committed ended ours theirs=0 events seconds
    start_hook 1 "$(http_batch none 100)" campaign_start
    committed=$(commit "SELECT bench.write_events($EVENTS)")
    wait_idle
    ended=$(date +%s.%N)
    end_hook
    ours=$(awk -v n="$EVENTS" -v a="$committed" -v b="$ended" 'BEGIN {printf "%.0f", n / (b - a)}')
    if [[ $(sql -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgq'") == 1 ]]; then
        sql -v events="$EVENTS" -f pgq.sql
        IFS='|' read -r events seconds < <(sql -c 'SELECT * FROM bench.read_pgq()')
        [[ $events == "$EVENTS" ]] || die "pgq gave $events events of $EVENTS"
        theirs=$(awk -v n="$events" -v s="$seconds" 'BEGIN {printf "%.0f", n / s}')
    else
        say "NOT COMPARED: pgq is missing; the Debian package postgresql-$PG-pgq3 holds it"
    fi
    figure "reading the log, $EVENTS events, a hook that takes none; pgq" "$ours" "$theirs" events/s '>= 1'
}

drain_log() {
    local ours
    start_hook 4 "$(http_batch ours 100)"
    http_rate "$(dispatcher)" ours "$EVENTS" 'SELECT bench.write_events(COUNT)'
    end_hook
    ours=${rate%% *}
    start_peer hand "http://127.0.0.1:$port/hand" 100 4
    http_rate "$peer" hand "$EVENTS" 'SELECT bench.write_queue(COUNT)'
    end_peer
    figure "$EVENTS events to HTTP, batches of 100, 4 at once; by hand" "$ours" "${rate%% *}" events/s '> 1'
}

# steps NAME STATEMENT: $steps is milliseconds of the first step and of the last.
steps() {
    local n committed arrived times=()
    for ((n = 1; n <= STEPS; n++)); do
        committed=$(commit "${2//COUNT/$STEP}")
        read -r arrived _ < <(curl -s "http://127.0.0.1:$port/$1/$((n * STEP))")
        times+=("$(awk -v a="$committed" -v b="$arrived" 'BEGIN {printf "%.0f", (b - a) * 1000}')")
    done
    steps="${times[1]} ${times[-1]}"
}

# Tables are vacuumed and analysed while nothing is queued: plans are for empty queues, as they come to be in a quiet hour.
ours_steps() {
    sql -c 'VACUUM (ANALYZE)'
    start_hook 4 "$(http_batch "ours-$1" 100)"
    steps "ours-$1" 'SELECT bench.write_events(COUNT)'
    end_hook
}
hand_steps() {
    sql -c 'VACUUM (ANALYZE)'
    start_peer hand "http://127.0.0.1:$port/hand-$1" 100 4
    steps "hand-$1" 'SELECT bench.write_queue(COUNT)'
    end_peer
}

# size_of TABLE…: kilobytes, indexes included.
size_of() { sql -c "SELECT sum(pg_total_relation_size(t::regclass)) / 1024 FROM unnest('{$(tr ' ' ',' <<<"$*")}'::text[]) t"; }
OURS=(member.event_order member.event_seen member.hook_batch member.hook_outcome member.hook_attempt)

beside_snapshot() {
    local who plain before after tables
    for who in ours hand; do
        tables=("${OURS[@]}")
        if [[ $who == hand ]]; then tables=(bench.queue); fi
        "${who}_steps" plain
        plain=$steps
        before=$(size_of "${tables[@]}")
        hold "$PGDATABASE" 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;'
        "${who}_steps" snapshot
        let_go
        after=$(size_of "${tables[@]}")
        show_steps "$who" "$plain" "$steps" "$before" "$after"
    done
}
show_steps() {
    local a b
    read -ra a <<<"$2"
    read -ra b <<<"$3"
    awk -v who="$1" -v step="$STEP" -v a="${a[0]}" -v b="${a[1]}" -v c="${b[0]}" -v d="${b[1]}" -v e="$4" -v f="$5" \
        'BEGIN {printf "%-58s second step %d ms, last %d ms; beside an old snapshot %d ms, last %d ms: %.2f times; tables %d, then %d kB%s\n",
                who ", " step " events a step", a, b, c, d, d / b, e, f, who == "ours" ? "  goal <= 1.1 times" : ""}'
}

need_meter
need_peers
start_receiver
sql -f measure.sql -f senders.sql
say "$EVENTS events read and carried out; $STEPS steps of $STEP beside a snapshot; Node.js $(node --version)"
if part read; then read_log; fi
if part drain; then drain_log; fi
if part outbox; then sql -f log.sql; fi
if part snapshot; then beside_snapshot; fi
