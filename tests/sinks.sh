#!/usr/bin/env bash
# Tests of what sends: the receiver of the tests themselves, and real brokers that run as long as the suite does.
. "$(dirname "$0")/brokers/common.sh"

"$ROOT/scripts/need-brokers.sh"
cd "$ROOT"

own_brokers
leave() {
    local status=$?
    trap - EXIT
    end_brokers
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

test_suite --lib --test sinks --no-run
set -o allexport
. <(tests/brokers/rabbit.sh start "$brokers/rabbit")
. <(tests/brokers/kafka.sh start "$brokers/kafka")
. <(tests/brokers/kafka.sh start "$brokers/behind" front)
set +o allexport
: "${PG_MEMBER_RABBIT_PORT:?RabbitMQ did not start}" "${PG_MEMBER_KAFKA:?the Kafka broker did not start}" "${PG_MEMBER_KAFKA_FRONT:?the second Kafka broker did not start}"

{
    test_suite --lib -- "${TEST:-sink::}"
    test_suite --test sinks ${TEST:+-- "$TEST"}
} | "$ROOT/scripts/count-cargo.sh"
