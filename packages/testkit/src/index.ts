export { freePort, portIsFree } from '@data-weaver/embedded-postgres'
export { eventually, type EventuallyOptions } from './eventually.ts'
export { type FakeClock, fakeClock } from './fake-clock.ts'
export { kafkaUser, requireKafka, startKafka, type TestKafka } from './kafka.ts'
export { leakCheck, type LeakScope, type LeakWatch, processesWith } from './leak-check.ts'
export { requireMinio, startMinio } from './minio.ts'
export {
  createDatabase,
  type OwnedPostgres,
  type Postgres,
  type Preparation,
  startOwnPostgres,
  startPostgres,
  type TestDatabase,
} from './postgres.ts'
export { type RedisChoice, startRedis, type TestRedis } from './redis.ts'
export { redisCommand, type RedisFleet, startRedisCluster, startRedisSentinel, startRedisTls } from './redis-fleet.ts'
export { findProgram, requireServer } from './server-program.ts'
export { type Answer, type RecordedRequest, type Script, sourceServer, type SourceServer } from './source-server.ts'
export { cleanEnvironment, type Exit, spawnNode, type SpawnOptions, type Spawned } from './spawn-node.ts'
export { requirePostgresTools, startSystemPostgres, type SystemPostgres } from './system-postgres.ts'
export { type ProxyState, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
export { findVespa, startVespa, type TestVespa, type VespaState } from './vespa.ts'
export { requireBuilt, requireVersitygw, startVersitygw, type TestS3 } from './versitygw.ts'
