#!/usr/bin/env bash
# Stops every private server of this checkout and removes what was built. Usage: clean.sh [all]
# Without `all`, the fetched servers (target/pg) and tools (target/tools) stay: they take minutes to get.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

for note in "$TARGET"/rooms/*; do
    if [[ -f $note ]]; then
        room=$(<"$note")
        if [[ -d $room ]]; then remove_room "$room"; fi
    fi
done
if [[ ${1:-} == all ]]; then rm -rf "$TARGET"; exit 0; fi
if [[ -d $TARGET ]]; then
    find "$TARGET" -mindepth 1 -maxdepth 1 ! -name pg ! -name tools -exec rm -rf {} +
fi
