#!/bin/sh
# Reads every database of conf/db beside this file. cron mails what is printed: nothing after a good sweep,
# one error for each database that could not be read. The exit code is that of the sweep.
set -eu
cd "$(dirname "$0")"
umask 027

# The lock is free again when this process ends, however it ends.
exec 9>.nightly.lock
if ! flock -n 9; then
    echo "the sweep before this one has not ended: nothing was read" >&2
    exit 75
fi

exec datalchemy --quiet -m '+db=glob(*)'
