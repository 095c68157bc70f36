#!/usr/bin/env bash
# Form and lints: the lock file, rustfmt, clippy for the pure half, what sends and the glue, and the syntax of every script.
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/need-debian.sh"
"$ROOT/scripts/need-server.sh"
"$ROOT/scripts/need-rust.sh"
PGRX_HOME=$("$ROOT/scripts/pgrx-home.sh")
export PGRX_HOME
cd "$ROOT"
passed=0 failed=0

check() {
    local name=$1
    shift
    if "$@"; then passed=$((passed + 1)); printf '    ok    %s\n' "$name"
    else failed=$((failed + 1)); printf '    FAIL  %s\n' "$name"
    fi
}

# Scripts that are run must be executable, and all must parse.
scripts_are_sound() {
    local file bad=0
    while IFS= read -r file; do
        bash -n "$file" || bad=1
        [[ $(head -n 1 "$file") == '#!/usr/bin/env bash' ]] || { echo "$file: the first line is not #!/usr/bin/env bash"; bad=1; }
        [[ $(sed -n 2p "$file") == '# '* ]] || { echo "$file: says in no comment what it is for"; bad=1; }
    done < <(find .ci scripts tests demo bench fuzz \( -name '*.sh' -o -path .ci/run \) -not -path '*/target/*' 2>/dev/null)
    return "$bad"
}

lock_is_current() { cargo metadata --quiet --locked --format-version 1 >/dev/null; }

check "Cargo.lock is up to date" lock_is_current
check "cargo fmt" cargo fmt --check
check "clippy, pure half" cargo_ci clippy --quiet --no-default-features --lib -- -D warnings
check "clippy, sinks and all tests" cargo_ci clippy --quiet --no-default-features --features server-tests,sink --all-targets -- -D warnings
check "clippy, glue" cargo_ci clippy --quiet --no-default-features --features "pg$PG" --lib -- -D warnings
check "scripts" scripts_are_sound

printf '%d %d\n' "$passed" "$failed" >>"$PG_MEMBER_TALLY"
((failed == 0))
