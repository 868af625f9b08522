import type {
  DeliveryState,
  DesiredState,
  Json,
  RequestFacts,
  ResponseFacts,
  RunError,
  RunState,
  RunTrigger,
  StreamSpec,
} from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'

/** All tables lie in one Postgres schema, so the ledger can share a database with a queue and a sink. */
export const weaver = pgSchema('weaver')

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
const count = (name: string) => integer(name).notNull().default(0)
const tenant = () => text('tenant').notNull().default('default')
const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })

export const streams = weaver.table(
  'streams',
  {
    id: uuid('id').primaryKey(),
    tenant: tenant(),
    name: text('name').notNull(),
    adapter: text('adapter').notNull(),
    desired: text('desired').$type<DesiredState>().notNull().default('stopped'),
    version: integer('version').notNull().default(1),
    transformVersion: integer('transform_version').notNull().default(1),
    /** Grows when secrets change, so that workers know when what they hold is old. */
    secretsVersion: integer('secrets_version').notNull().default(1),
    /** Grows with each change a client made; the ETag. */
    revision: integer('revision').notNull().default(1),
    pool: text('pool').notNull().default('default'),
    /** Interval of the current version in milliseconds; null for cron and manual. */
    every: bigint('every', { mode: 'number' }),
    /** Where the grid of ticks begins; the current version is in force from here on. */
    anchor: time('anchor').notNull().defaultNow(),
    /** Ticks up to here are accounted for in runs. */
    accountedUntil: time('accounted_until').notNull().defaultNow(),
    /** Checkpoint of the last committed page. */
    cursor: jsonb('cursor').$type<Json>(),
    /** The run that fetches now, waits for another attempt or is being stopped. At most one: this row is the lock. */
    activeRunId: uuid('active_run_id'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
    deletedAt: time('deleted_at'),
  },
  (table) => [
    uniqueIndex('streams_name')
      .on(table.tenant, table.name)
      .where(sql`deleted_at is null`),
  ],
)

export const streamVersions = weaver.table(
  'stream_versions',
  {
    streamId: uuid('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    transformVersion: integer('transform_version').notNull(),
    spec: jsonb('spec').$type<StreamSpec>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.streamId, table.version] })],
)

export const streamSecrets = weaver.table(
  'stream_secrets',
  {
    streamId: uuid('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    sealed: text('sealed').notNull(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.streamId, table.name] })],
)

export const runs = weaver.table(
  'runs',
  {
    id: uuid('id').primaryKey(),
    tenant: tenant(),
    streamId: uuid('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    streamVersion: integer('stream_version'),
    trigger: text('trigger').$type<RunTrigger>().notNull(),
    tick: time('tick'),
    /** Nominal times this row stands for: more than one only in a missed stretch that begins at `tick`. */
    ticks: integer('ticks').notNull().default(1),
    state: text('state').$type<RunState>().notNull(),
    reason: text('reason'),
    /** The fencing token: each claim raises it, a write with an older one is refused. */
    epoch: count('epoch'),
    attempt: count('attempt'),
    /** Claims that ended with the worker's lease instead of an outcome, in a row. */
    losses: count('losses'),
    workerId: text('worker_id'),
    leaseUntil: time('lease_until'),
    /** When a run that is queued or waiting is to be put into the queue again. */
    enqueueAfter: time('enqueue_after'),
    createdAt: time('created_at').notNull().defaultNow(),
    startedAt: time('started_at'),
    fetchedAt: time('fetched_at'),
    finishedAt: time('finished_at'),
    error: jsonb('error').$type<RunError>(),
    /** Pages whose checkpoint was committed: the part number a resumed run goes on with. */
    parts: count('parts'),
    pages: count('pages'),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    records: count('records'),
    documents: count('documents'),
    deadLetters: count('dead_letters'),
    pendingDeliveries: count('pending_deliveries'),
  },
  (table) => [
    unique('runs_tick').on(table.streamId, table.tick),
    index('runs_stream').on(table.streamId, table.id),
    index('runs_active')
      .on(table.state, table.leaseUntil)
      .where(sql`state in ('queued', 'running', 'waiting', 'stopping')`),
    index('runs_worker')
      .on(table.workerId)
      .where(sql`state in ('running', 'stopping')`),
  ],
)

export const results = weaver.table(
  'results',
  {
    id: uuid('id').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity().unique('results_seq'),
    /** The transaction that committed it; the event feed reads only transactions that no older one can still precede. */
    txid: xid8('txid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
    tenant: tenant(),
    streamId: uuid('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    streamVersion: integer('stream_version').notNull(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    part: integer('part').notNull(),
    key: text('key').notNull(),
    sha256: text('sha256').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    request: jsonb('request').$type<RequestFacts>().notNull(),
    response: jsonb('response').$type<ResponseFacts>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [
    index('results_stream').on(table.streamId, table.seq),
    index('results_run').on(table.runId, table.part),
    index('results_feed').on(table.txid, table.seq),
  ],
)

/** Results on their way to a sink. A pending row is what must still happen: these rows are the outbox. */
export const deliveries = weaver.table(
  'deliveries',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    resultId: uuid('result_id')
      .notNull()
      .references(() => results.id, { onDelete: 'cascade' }),
    /** Index into the `sinks` of the stream version. */
    position: smallint('position').notNull(),
    sink: text('sink').notNull(),
    tenant: tenant(),
    streamId: uuid('stream_id').notNull(),
    runId: uuid('run_id').notNull(),
    state: text('state').$type<DeliveryState>().notNull().default('pending'),
    attempts: count('attempts'),
    records: count('records'),
    documents: count('documents'),
    deadLetters: count('dead_letters'),
    error: jsonb('error').$type<RunError>(),
    /** When a pending delivery is to be put into the queue again. */
    enqueueAfter: time('enqueue_after').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    unique('deliveries_result').on(table.resultId, table.position),
    index('deliveries_pending')
      .on(table.enqueueAfter)
      .where(sql`state = 'pending'`),
    index('deliveries_run').on(table.runId),
  ],
)

export const deadLetters = weaver.table(
  'dead_letters',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    tenant: tenant(),
    streamId: uuid('stream_id')
      .notNull()
      .references(() => streams.id, { onDelete: 'cascade' }),
    runId: uuid('run_id').notNull(),
    resultId: uuid('result_id').notNull(),
    deliveryId: bigint('delivery_id', { mode: 'number' }).notNull(),
    sink: text('sink').notNull(),
    /** Index of the record in the page; null: the whole result. */
    record: integer('record'),
    error: jsonb('error').$type<RunError>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [
    unique('dead_letters_record').on(table.deliveryId, table.record).nullsNotDistinct(),
    index('dead_letters_stream').on(table.streamId, table.id),
  ],
)

export const workers = weaver.table('workers', {
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  version: text('version').notNull(),
  pools: text('pools').array().notNull(),
  slots: integer('slots').notNull(),
  draining: boolean('draining').notNull().default(false),
  startedAt: time('started_at').notNull().defaultNow(),
  heartbeatAt: time('heartbeat_at').notNull().defaultNow(),
})

export const idempotencyKeys = weaver.table(
  'idempotency_keys',
  {
    tenant: tenant(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body: the same key with another request is a mistake. */
    fingerprint: text('fingerprint').notNull(),
    /** Null while the first request is under way. */
    status: integer('status'),
    headers: jsonb('headers').$type<Record<string, string>>(),
    body: text('body'),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.key] }), index('idempotency_keys_age').on(table.createdAt)],
)
