#!/bin/sh
# Starts Kafka as one process that is broker and controller (KRaft), with the password of its only user from a file. Java reads the
# password from a file as well, so it is neither in arguments nor in the environment. With `health` it asks the one that runs whether it answers.
# Clients come in at 9092 and show who they are (SCRAM-SHA-512); the other listeners are open to this container alone.
set -eu
libraries=${KAFKA_LIBRARIES:-/opt/kafka/libs}
data=${KAFKA_DATA:-/var/lib/kafka/data}
port=${KAFKA_PORT:-9092}
local_port=${KAFKA_LOCAL_PORT:-9094}
controller_port=${KAFKA_CONTROLLER_PORT:-9093}
if [ "${1:-}" = health ]; then
  exec java -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$libraries/*" \
    org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "127.0.0.1:$local_port" >/dev/null
fi

umask 077
folder=$(mktemp -d)
scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'
cat >"$folder/server.properties" <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=CLIENT://:$port,LOCAL://127.0.0.1:$local_port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=CLIENT://${KAFKA_HOST:-kafka}:$port,LOCAL://127.0.0.1:$local_port
controller.listener.names=CONTROLLER
inter.broker.listener.name=LOCAL
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=$scram
log.dirs=$data/logs
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.retention.hours=${KAFKA_RETENTION_HOURS:-168}
CONFIG
# An empty volume gets its identity and its user.
if [ ! -e "$data/logs/meta.properties" ]; then
  cat >"$folder/format" <<ARGUMENTS
-Xmx128m -cp "$libraries/*" kafka.tools.StorageTool format --config $folder/server.properties
--cluster-id $(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=' | sed 's/^-/A/')
--add-scram "SCRAM-SHA-512=[name=weaver,password=$(cat "${KAFKA_PASSWORD_FILE:-/run/secrets/kafka_password}")]"
ARGUMENTS
  java "@$folder/format"
  rm "$folder/format"
fi
exec java "-Xms${KAFKA_HEAP:-512m}" "-Xmx${KAFKA_HEAP:-512m}" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -cp "$libraries/*" \
  kafka.Kafka "$folder/server.properties"
