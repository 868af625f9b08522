import type { Clock, Log } from '@data-weaver/contracts'
import {
  type ConnectionOptions,
  createPostgresBackend,
  type JobsOptions,
  type PostgresConnectionOptions,
  type Processor,
  type Queue,
  runMigrations,
  type Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq'
import pg from 'pg'
import { punctualRedisBackend } from './punctual.ts'
import { parseQueueUrl, type RedisSettings } from './queue-url.ts'
import { inspectRedis, openCluster, redisOptions } from './redis.ts'

/** Where BullMQ keeps its tables on Postgres, and its keys on Redis. */
const postgresSchema = 'bullmq'
const redisPrefix = '{weaver}'

/** A lock that is not renewed for this long is a dead worker's, milliseconds. Defaults would take a minute. */
const lockMs = 10_000
const stalledCheckMs = 5000
/** The ledger decides what a lost worker means; the queue only hands the job on. */
const maxStalledCount = 10

/** Finished jobs stay for a look at Bull Board, bounded by number and age (seconds). */
export const jobOptions: JobsOptions = {
  attempts: 1,
  removeOnComplete: { count: 1000, age: 3600 },
  removeOnFail: { count: 1000, age: 86_400 },
}

/** Only what this package uses of BullMQ, the same for both backends. */
export interface Backend {
  readonly kind: 'redis' | 'postgres'
  queue(name: string): Queue
  worker(name: string, processor: Processor, concurrency: number): Worker
  /** Ends what queues and workers share. Call it when they are closed. */
  close(): void
}

export interface BackendOptions {
  /** Shown to the server. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Certificate authorities to trust besides those of Node when Redis is reached over TLS, PEM. */
  readonly caCertificates?: string
}

const shared = {
  concurrency: 1,
  lockDuration: lockMs,
  stalledInterval: stalledCheckMs,
  maxStalledCount,
  autorun: false,
} satisfies Partial<WorkerOptions>

/** @throws WeaverError `invalid_settings` for the URL; see {@link parseQueueUrl}. */
export function openBackend(url: string, options: BackendOptions): Backend {
  const settings = parseQueueUrl(url)
  return settings.kind === 'redis' ? redisBackend(settings, options) : postgresBackend(settings.url, options)
}

function listen<T extends Queue | Worker>(emitter: T, log: Log): T {
  // Without a listener an error event ends the process. The libraries reconnect by themselves.
  ;(emitter as Queue).on('error', (error) => log.warn({ err: error }, 'queue error'))
  return emitter
}

function redisBackend(settings: RedisSettings, { name, clock, log, caCertificates }: BackendOptions): Backend {
  const { Queue: RedisQueue, Worker: RedisWorker } = withBackend(punctualRedisBackend(clock))
  // A cluster's client is shared: each would hold a connection to every node. Others make their own connections.
  const cluster = settings.shape === 'cluster' ? openCluster(settings, name, caCertificates) : undefined
  cluster?.on('error', (error) => log.warn({ err: error }, 'queue error'))
  const connection = (cluster ?? redisOptions(settings, name, caCertificates)) as ConnectionOptions
  const inspection = inspectRedis(settings, name, log, caCertificates)
  return {
    kind: 'redis',
    queue: (queue) => listen(new RedisQueue(queue, { connection, prefix: redisPrefix, defaultJobOptions: jobOptions }), log),
    worker: (queue, processor, concurrency) =>
      listen(new RedisWorker(queue, processor, { connection, prefix: redisPrefix, ...shared, concurrency }), log),
    close() {
      inspection.stop()
      cluster?.disconnect()
    },
  }
}

function postgresBackend(url: string, { name, log }: BackendOptions): Backend {
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend)
  // The planner must not take a look at an empty, freshly analysed table for the rule: a drain fell to a third.
  const connection = (max: number): PostgresConnectionOptions => ({
    connectionString: url,
    schema: postgresSchema,
    max,
    application_name: name,
    options: '-c enable_seqscan=off',
  })
  return {
    kind: 'postgres',
    queue: (queue) =>
      listen(new PostgresQueue(queue, { connection: connection(4), defaultJobOptions: jobOptions }) as unknown as Queue, log),
    worker: (queue, processor, concurrency) =>
      listen(new PostgresWorker(queue, processor, { connection: connection(6), ...shared, concurrency }) as unknown as Worker, log),
    close() {},
  }
}

/** Prepares the queue's own tables when it lies in Postgres. Safe to call from several processes at once. */
export async function migrateQueue(url: string): Promise<void> {
  if (parseQueueUrl(url).kind === 'redis') return
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'weaver-migrate' })
  client.on('error', () => {})
  try {
    await client.connect()
    await runMigrations(client, postgresSchema)
  } finally {
    await client.end().catch(() => {})
  }
}
