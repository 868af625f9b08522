#!/bin/sh
# Starts Redis with the password from a file, which then is neither in its arguments nor in its environment.
# AOF: without it a killed Redis loses its jobs. noeviction: a queue must refuse what it has no room for, never drop what it took.
set -eu
password=$(cat "${REDIS_PASSWORD_FILE:-/run/secrets/redis_password}")
exec redis-server - <<CONFIG
port ${REDIS_PORT:-6379}
bind * -::*
dir ${REDIS_DIR:-/data}
requirepass $password
appendonly yes
appendfsync everysec
save ""
maxmemory ${REDIS_MAXMEMORY:-384mb}
maxmemory-policy noeviction
CONFIG
