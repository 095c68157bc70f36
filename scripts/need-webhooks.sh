#!/usr/bin/env bash
# Makes sure that a second opinion on the signatures of requests is there: the Python package of Standard Webhooks, which
# is fetched into target/tools.
. "$(dirname "$0")/lib.sh"

package=$TARGET/tools/webhooks
if [[ -d $package ]]; then exit 0; fi
python3 -m pip --version >/dev/null 2>&1 || "$ROOT/scripts/need-debian.sh" python3 python3-pip

say "fetching the package of Standard Webhooks into target/tools"
mkdir -p "$TARGET/tools"
work=$(mktemp -d "$TARGET/tools/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --no-deps --only-binary=:all: --target "$work/package" standardwebhooks==1.1.0 >&2
mv "$work/package" "$package"
