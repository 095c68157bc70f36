#!/usr/bin/env bash
# Installs the Debian packages that building, running and testing need. Nothing happens when all are there.
# Usage: need-debian.sh [PACKAGE…]   (more packages than the usual ones)
. "$(dirname "$0")/lib.sh"

packages=(build-essential clang libclang-dev libssl-dev pkg-config postgresql-15 postgresql-server-dev-15 "$@")

command -v dpkg-query >/dev/null || {
    if (($#)); then say "this is no Debian: taking it that what these packages bring is there: $*"; fi
    [[ -x $(pg_config_of "$PG") ]] && command -v clang >/dev/null && command -v cc >/dev/null && exit 0
    die "this is no Debian: install a C compiler, clang with libclang, and PostgreSQL with its headers, and name its pg_config in pgrx.toml"
}

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=absent
    [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

say "installing Debian packages: ${missing[*]}"
as_root true || die "packages are missing, and installing them needs root. Please run:
    sudo apt-get install -y --no-install-recommends ${missing[*]}"

# Debian makes a cluster of its own when PostgreSQL is installed, and starts every server that it installs. We need
# neither: switched off for this moment.
no_cluster=/etc/postgresql-common/createcluster.d/pg_member.conf
no_start=/usr/sbin/policy-rc.d
if [[ -e $no_start ]]; then no_start=; fi
trap 'as_root rm -f "$no_cluster" ${no_start:+"$no_start"}' EXIT
as_root mkdir -p "${no_cluster%/*}"
echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
if [[ -n $no_start ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$no_start" >/dev/null
    as_root chmod 755 "$no_start"
fi

log=$(mktemp)
{
    as_root apt-get -qq update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 || { cat "$log" >&2; die "apt-get failed"; }
rm -f "$log"
