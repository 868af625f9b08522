#!/bin/sh
# Runs once, in an empty database: makes the role that workers connect as. It has no rights until the first supervisor has made the tables and
# gives it what workers need. psql reads the password itself, so it is not in its arguments.
set -eu
WORKER_PASSWORD_FILE=${WORKER_PASSWORD_FILE:-/run/secrets/worker_postgres_password}
export WORKER_PASSWORD_FILE
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set given `cat "$WORKER_PASSWORD_FILE"`
select format('create role weaver_worker login password %L', :'given') \gexec
SQL
