#!/usr/bin/env bash
# What the scripts of both brokers share. Sourced, never run.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

# free_ports N: prints N ports that are free on loopback now.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))
PYTHON
}

# wait_for_port PORT PID LOG: waits until somebody listens there; fails, showing the log, when PID ends or after a minute.
wait_for_port() {
    local end=$((SECONDS + 60))
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        kill -0 "$2" 2>/dev/null && ((SECONDS < end)) || { cat "$3" >&2; die "nothing listens on port $1"; }
        sleep 0.1
    done
}

# end_process PID: asks it to end, then makes it, and waits until it is gone.
end_process() {
    local end=$((SECONDS + 10))
    kill "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null; do
        if ((SECONDS >= end)); then kill -KILL "$1" 2>/dev/null || true; fi
        sleep 0.1
    done
}

# own_brokers: a directory for the brokers of a suite, in $brokers, where the user of RabbitMQ may go.
own_brokers() {
    brokers=$(mktemp -d /var/tmp/pg_member-brokers.XXXXXX)
    chmod 755 "$brokers"
}

# end_brokers: stops those that run there, and deletes it.
end_brokers() {
    trap '' INT TERM HUP
    "$ROOT/tests/brokers/rabbit.sh" stop "$brokers/rabbit"
    "$ROOT/tests/brokers/kafka.sh" stop "$brokers/kafka"
    "$ROOT/tests/brokers/kafka.sh" stop "$brokers/behind"
    rm -rf "$brokers"
}
