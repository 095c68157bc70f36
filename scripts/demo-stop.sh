#!/usr/bin/env bash
# Stops the demo's server and deletes its room.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rooms.sh"

if room=$(find_room demo); then
    remove_room "$room"
    say "the demo's server is stopped and its files are removed"
else say "no demo is there"
fi
