#!/usr/bin/env bash
# A private broker on loopback that speaks Kafka's protocol and keeps everything in memory; its log lies in DIR.
# Starting prints how to reach it, as NAME=VALUE lines; where it ran before it gets the same port. Usage: kafka.sh start DIR | stop DIR
. "$(dirname "$0")/common.sh"

action=${1:?start or stop} dir=${2:?a directory}

start() {
    local port url
    mkdir -p "$dir"
    [[ -f $dir/port ]] || free_ports 1 >"$dir/port"
    port=$(<"$dir/port") url=tcp://127.0.0.1:$port
    env -i PATH=/usr/bin:/bin "$TARGET/tools/tansu" broker --listener-url "$url" --advertised-listener-url "$url" \
        --storage-engine memory://tansu/ </dev/null >"$dir/output" 2>&1 &
    echo $! >"$dir/pid"
    wait_for_port "$port" $! "$dir/output"
    echo "PG_MEMBER_KAFKA=127.0.0.1:$port"
}

case $action in
    start) start ;;
    stop) if [[ -f $dir/pid ]]; then end_process "$(<"$dir/pid")"; fi ;;
    *) die "start or stop" ;;
esac
