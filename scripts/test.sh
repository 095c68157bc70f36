#!/usr/bin/env bash
# Runs test suites and adds up their results; the last line is `N passed, N failed`.
# ONLY names suites (default: all), PG the server's major, TEST one file of a suite, ACCEPT=1 takes new output as right.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

all="lint domain sinks regress isolation client workers restore docs"
suites=$(tr ',' ' ' <<<"${ONLY:-$all}")
declare -A run=(
    [lint]=scripts/lint.sh [domain]=scripts/domain.sh [sinks]=tests/sinks.sh
    [regress]=tests/pg_regress/run.sh [isolation]=tests/isolation/run.sh [client]=tests/client.sh
    [workers]=tests/workers/run.sh
    [restore]=tests/restore/run.sh [docs]=tests/docs/run.sh
)
needs_server= needs_brokers=
for suite in $suites; do
    [[ -n ${run[$suite]:-} ]] || die "there is no suite '$suite'; ONLY takes: $all"
    case $suite in lint | domain | sinks) ;; *) needs_server=1 ;; esac
    case $suite in sinks | workers) needs_brokers=1 ;; esac
done

export PG TEST=${TEST:-} ACCEPT=${ACCEPT:-} PG_MEMBER_RESULTS=$TARGET/results/$PG
rm -rf "$PG_MEMBER_RESULTS"
mkdir -p "$PG_MEMBER_RESULTS"

# All packages of all suites at once: who may not install them is told one line, before anything is compiled.
packages=()
if [[ -n $needs_brokers ]]; then packages+=(openssl python3 rabbitmq-server); fi
if [[ -n $needs_brokers || $PG != 15 ]] && ! python3 -m pip --version >/dev/null 2>&1; then packages+=(python3-pip); fi
"$ROOT/scripts/need-debian.sh" "${packages[@]}"
if [[ -n $needs_server ]]; then
    stage=$("$ROOT/scripts/build.sh" ci)
    own_room test
    furnish "$room" "$stage"
    make_cluster "$room" main
    start_cluster "$room" main -c fsync=off -c full_page_writes=off
    use_cluster "$room" main
    export PG_MEMBER_ROOM=$room PG_MEMBER_TEMPLATE=template_member
    psql -X -q -v ON_ERROR_STOP=1 -d postgres -c "CREATE DATABASE template_member"
    psql -X -q -v ON_ERROR_STOP=1 -d template_member -c "CREATE EXTENSION pg_member"
fi

passed=0 failed=0
for suite in $suites; do
    say "suite $suite"
    start=$SECONDS tally=$PG_MEMBER_RESULTS/$suite.tally
    PG_MEMBER_TALLY=$tally "$ROOT/${run[$suite]}" && status=0 || status=$?
    # A suite says `passed failed` in its tally. One that ended badly without saying so is one failure.
    read -r ok bad < <(awk '{p += $1; f += $2} END {print p + 0, f + 0}' "$tally" 2>/dev/null || echo 0 0)
    if ((status != 0 && bad == 0)); then bad=1; fi
    passed=$((passed + ok)) failed=$((failed + bad))
    printf '    %-10s %4d passed, %d failed   (%d s)\n' "$suite" "$ok" "$bad" $((SECONDS - start))
done

printf '%d %d\n' "$passed" "$failed" >"$PG_MEMBER_RESULTS/total"
((passed + failed)) || die "no test was run"
if ((failed)); then say "what came out is in target/results/$PG, what the server wrote in target/logs"; fi
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
