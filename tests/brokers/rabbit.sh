#!/usr/bin/env bash
# A private RabbitMQ on loopback, whose files lie in DIR; nothing of one that runs here anyway is touched: it has its own
# node name, ports and port mapper. Starting prints how to reach it, as NAME=VALUE lines.
# Usage: rabbit.sh start DIR | stop DIR | ctl DIR ARGUMENT…   (ctl: rabbitmqctl of this broker)
. "$(dirname "$0")/common.sh"

BIN=/usr/lib/rabbitmq/bin
action=${1:?start, stop or ctl} dir=${2:?a directory}
shift 2

# RabbitMQ's scripts refuse some of what root does, so root hands it to the user of the package.
if ((EUID == 0)); then
    as_rabbit() { setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups "$@"; }
else
    as_rabbit() { "$@"; }
fi

# in_node COMMAND…: runs it with this node's environment and nothing else.
in_node() {
    local amqp amqps dist epmd loopback='-kernel inet_dist_use_interface {127,0,0,1}'
    read -r amqp amqps dist epmd <"$dir/ports"
    (cd "$dir" && as_rabbit env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME="$dir" \
        RABBITMQ_NODENAME="pg_member_$amqp@localhost" RABBITMQ_DIST_PORT="$dist" \
        ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="$loopback" RABBITMQ_CTL_ERL_ARGS="$loopback" \
        RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
        RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_PID_FILE="$dir/pid" \
        "$@")
}

# make_certificates: an authority of its own and a certificate for localhost.
make_certificates() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=test authority" \
        -keyout "$dir/ca.key" -out "$dir/ca.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
        -keyout "$dir/server.key" -out "$dir/server.csr"
    openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out "$dir/server.pem"
}

start() {
    local amqp amqps dist epmd
    mkdir -p "$dir"
    free_ports 4 >"$dir/ports"
    read -r amqp amqps dist epmd <"$dir/ports"
    make_certificates >"$dir/openssl.log" 2>&1 || { cat "$dir/openssl.log" >&2; die "openssl failed"; }
    echo "[]." >"$dir/enabled_plugins"
    cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp
listeners.ssl.1 = 127.0.0.1:$amqps
ssl_options.cacertfile = $dir/ca.pem
ssl_options.certfile = $dir/server.pem
ssl_options.keyfile = $dir/server.key
default_user = member
default_pass = secret
log.console = false
CONF
    if ((EUID == 0)); then chown -R rabbitmq:rabbitmq "$dir"; fi
    in_node "$BIN/rabbitmq-server" </dev/null >"$dir/output" 2>&1 &
    wait_for_port "$amqp" $! "$dir/output"
    wait_for_port "$amqps" $! "$dir/output"
    cat <<ENV
PG_MEMBER_RABBIT_PORT=$amqp
PG_MEMBER_RABBIT_TLS_PORT=$amqps
PG_MEMBER_RABBIT_CA=$dir/ca.pem
PG_MEMBER_RABBIT_DIR=$dir
ENV
}

# The port mapper is a daemon that outlives its nodes: it is ended by the port that it alone has.
stop() {
    local epmd
    if [[ -f $dir/pid ]]; then end_process "$(<"$dir/pid")"; fi
    if [[ -f $dir/ports ]]; then
        read -r _ _ _ epmd <"$dir/ports"
        in_node epmd -kill >/dev/null 2>&1 || true
    fi
}

case $action in
    start) start ;;
    stop) stop ;;
    ctl) in_node "$BIN/rabbitmqctl" "$@" ;;
    *) die "start, stop or ctl" ;;
esac
