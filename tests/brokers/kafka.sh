#!/usr/bin/env bash
# A private broker on loopback that speaks Kafka's protocol and keeps everything in memory; its log lies in DIR.
# Starting prints how to reach it, as NAME=VALUE lines; where it ran before it gets the same port. Usage:
# kafka.sh start DIR [front] | stop DIR. With `front` it tells its clients to come by another port, where a test will listen.
. "$(dirname "$0")/common.sh"

action=${1:?start or stop} dir=${2:?a directory} front=${3:-}

start() {
    local port other url told
    mkdir -p "$dir"
    [[ -f $dir/ports ]] || free_ports 2 >"$dir/ports"
    read -r port other <"$dir/ports"
    url=tcp://127.0.0.1:$port told=$url
    if [[ -n $front ]]; then told=tcp://localhost:$other; fi
    env -i PATH=/usr/bin:/bin "$TARGET/tools/tansu" broker --listener-url "$url" --advertised-listener-url "$told" \
        --storage-engine memory://tansu/ </dev/null >"$dir/output" 2>&1 &
    echo $! >"$dir/pid"
    wait_for_port "$port" $! "$dir/output"
    if [[ -n $front ]]; then printf 'PG_MEMBER_KAFKA_BEHIND=127.0.0.1:%s\nPG_MEMBER_KAFKA_FRONT=%s\n' "$port" "$other"
    else echo "PG_MEMBER_KAFKA=127.0.0.1:$port"
    fi
}

case $action in
    start) start ;;
    stop) if [[ -f $dir/pid ]]; then end_process "$(<"$dir/pid")"; fi ;;
    *) die "start or stop" ;;
esac
