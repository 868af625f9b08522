#!/bin/sh
# Makes the secrets of docker-compose.yml, each a file with random content: ./deploy/compose/make-secrets.sh [FOLDER]
# What is there stays as it is: a new password for an old database would lock everybody out.
set -eu

folder=${1:-secrets}
if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
  echo "$folder is not empty: nothing was changed." >&2
  exit 1
fi
umask 077
mkdir -p "$folder"
# For files that not everybody has: tokens, certificates. It is mounted as it is, so it must be readable; the folder around it is not.
mkdir -m 0755 "$folder/optional"

random() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
# Containers run as users of their own, who must be able to read their file; the folder keeps other users of this machine out.
secret() {
  printf '%s\n' "$2" >"$folder/$1"
  chmod 0444 "$folder/$1"
}

postgres_password=$(random 24)
worker_postgres_password=$(random 24)
redis_password=$(random 24)
minio_user=weaver-$(random 4)
minio_password=$(random 24)

secret postgres_password "$postgres_password"
secret worker_postgres_password "$worker_postgres_password"
secret redis_password "$redis_password"
secret minio_user "$minio_user"
secret minio_password "$minio_password"
secret kafka_password "$(random 24)"
secret ledger_url "postgres://weaver:$postgres_password@postgres:5432/weaver"
secret worker_ledger_url "postgres://weaver_worker:$worker_postgres_password@postgres:5432/weaver"
secret queue_url "redis://:$redis_password@redis:6379"
secret store_url "s3://$minio_user:$minio_password@minio:9000/?tls=0"
secret secret_key "$(head -c 32 /dev/urandom | base64)"
secret admin_token "$(random 32)"

echo "The secrets are in $folder. Keep a copy of secret_key apart from the database: without it the secrets of streams cannot be opened."
