import type {
  BulkChange,
  CanaryMode,
  DeadLetterResolution,
  DeliveryState,
  DesiredState,
  Json,
  JsonObject,
  Operation,
  OverlapMode,
  PauseReason,
  RequestFacts,
  ResponseFacts,
  RunBackfill,
  RunError,
  RunLogLevel,
  RunState,
  RunTrigger,
  SourceGap,
  StopMode,
  StreamSpec,
  TickReason,
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
  real,
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
    /** Order of creation: spreads streams of one interval evenly. */
    ordinal: bigint('ordinal', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    overlap: text('overlap').$type<OverlapMode>().notNull().default('skip'),
    /** No tick after this. */
    endsAt: time('ends_at'),
    /** It always has a run: a live connection. */
    continuous: boolean('continuous').notNull().default(false),
    /** Interval of the current version in milliseconds; null for others. */
    every: bigint('every', { mode: 'number' }),
    /** Where the grid of ticks begins; the current version is in force from here on. */
    anchor: time('anchor').notNull().defaultNow(),
    /** Ticks up to here are accounted for in runs. */
    accountedUntil: time('accounted_until').notNull().defaultNow(),
    /** The run row of the stretch of skipped or missed ticks that ends there and may grow. */
    openStretch: uuid('open_stretch'),
    /** When the newest data were fetched whole. */
    goodAt: time('good_at'),
    /** Failed runs in a row. */
    failures: count('failures'),
    /** After a failed run a continuous stream rests until here. */
    resumeAt: time('resume_at'),
    pausedBy: text('paused_by').$type<PauseReason>(),
    /** When a run probes the source of a stream that failures paused. */
    probeAt: time('probe_at'),
    /** When it last went on by itself after failures had paused it: its ticks before that were paused. */
    recoveredAt: time('recovered_at'),
    /** The version on trial, how, and how many good runs it still needs. */
    canaryVersion: integer('canary_version'),
    canaryMode: text('canary_mode').$type<CanaryMode>(),
    canaryLeft: integer('canary_left'),
    /** Checkpoint of the last committed page. */
    cursor: jsonb('cursor').$type<Json>(),
    /** The raw responses of results up to this number were deleted: the stream keeps them for a while only. */
    expiredUntil: bigint('expired_until', { mode: 'number' }).notNull().default(0),
    /** The run that fetches now, waits for another attempt or is being stopped. At most one: this row is the lock. */
    activeRunId: uuid('active_run_id'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
    deletedAt: time('deleted_at'),
    /** The operation that deleted it and is to purge its results; null: they stay, or are gone. */
    purgeOperation: uuid('purge_operation'),
  },
  (table) => [
    uniqueIndex('streams_name')
      .on(table.tenant, table.name)
      .where(sql`deleted_at is null`),
    index('streams_purge')
      .on(table.purgeOperation)
      .where(sql`purge_operation is not null`),
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

/**
 * Runs, results and deliveries name their stream, run and result without foreign keys: nothing deletes those singly, each is written by
 * a statement that has just locked or inserted what it names, and the checks cost a third of a commit.
 */
export const runs = weaver.table(
  'runs',
  {
    id: uuid('id').primaryKey(),
    tenant: tenant(),
    streamId: uuid('stream_id').notNull(),
    streamVersion: integer('stream_version'),
    trigger: text('trigger').$type<RunTrigger>().notNull(),
    tick: time('tick'),
    /** Nominal times this row stands for: more than one only in a missed stretch that begins at `tick`. */
    ticks: integer('ticks').notNull().default(1),
    /** The last nominal time of a stretch. */
    tickUntil: time('tick_until'),
    state: text('state').$type<RunState>().notNull(),
    reason: text('reason').$type<TickReason>(),
    /** It is to come to a good end soon: no next page, no next segment. */
    draining: boolean('draining').notNull().default(false),
    canary: boolean('canary').notNull().default(false),
    /** What a backfill fetches, and how far it is: it moves no cursor of its stream. */
    backfill: jsonb('backfill').$type<RunBackfill>(),
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
    // Running and stopping runs have a lease, queued and waiting ones a time to be woken. No index names the state: the updates that
    // change nothing else then leave all indexes alone.
    index('runs_leased')
      .on(table.leaseUntil)
      .where(sql`lease_until is not null`),
    index('runs_due')
      .on(table.enqueueAfter)
      .where(sql`enqueue_after is not null`),
    index('runs_in_line')
      .on(table.streamId, table.id)
      .where(sql`enqueue_after is not null`),
  ],
)

/** What workers said of runs: failed attempts, and what adapters noted. Kept for a week. A run without incident has no line. */
export const runLog = weaver.table(
  'run_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    runId: uuid('run_id').notNull(),
    at: time('at').notNull().defaultNow(),
    level: text('level').$type<RunLogLevel>().notNull(),
    attempt: integer('attempt').notNull(),
    workerId: text('worker_id').notNull(),
    message: text('message').notNull(),
    fields: jsonb('fields').$type<JsonObject>().notNull(),
  },
  (table) => [index('run_log_run').on(table.runId, table.id), index('run_log_age').on(table.at)],
)

export const results = weaver.table(
  'results',
  {
    id: uuid('id').primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    /** The transaction that committed it; the event feed reads only transactions that no older one can still precede. */
    txid: xid8('txid')
      .notNull()
      .default(sql`pg_current_xact_id()`),
    tenant: tenant(),
    streamId: uuid('stream_id').notNull(),
    streamVersion: integer('stream_version').notNull(),
    runId: uuid('run_id').notNull(),
    part: integer('part').notNull(),
    key: text('key').notNull(),
    sha256: text('sha256').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    contentType: text('content_type').notNull(),
    /** What a live source could not send again before this page. */
    gap: jsonb('gap').$type<SourceGap>(),
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
    resultId: uuid('result_id').notNull(),
    /** Index into the `sinks` of the stream version. */
    position: smallint('position').notNull(),
    sink: text('sink').notNull(),
    tenant: tenant(),
    streamId: uuid('stream_id').notNull(),
    /** The run that is over only when this has arrived; null: made again later, no run waits for it. */
    runId: uuid('run_id'),
    /** The version to read and transform with; null: the result's own. */
    streamVersion: integer('stream_version'),
    state: text('state').$type<DeliveryState>().notNull().default('pending'),
    attempts: count('attempts'),
    /** Who carries it now. */
    workerId: text('worker_id'),
    records: count('records'),
    documents: count('documents'),
    deadLetters: count('dead_letters'),
    error: jsonb('error').$type<RunError>(),
    /** When a pending delivery is to be put into the queue again. */
    enqueueAfter: time('enqueue_after').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
    /** Of the attempt that ended it. */
    transformMs: real('transform_ms'),
  },
  (table) => [
    unique('deliveries_result').on(table.resultId, table.position, table.streamVersion).nullsNotDistinct(),
    index('deliveries_pending')
      .on(table.enqueueAfter)
      .where(sql`state = 'pending'`),
    // What a worker carries, and what is held: both are few.
    index('deliveries_stopped')
      .on(table.streamId)
      .where(sql`state in ('holding', 'held')`),
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
    /** Index into the sinks of the version that was refused; null for those from before this was kept. */
    position: smallint('position'),
    /** Index of the record in the page; null: the whole result. */
    record: integer('record'),
    error: jsonb('error').$type<RunError>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    /** Null: it is open. */
    resolvedAt: time('resolved_at'),
    resolution: text('resolution').$type<DeadLetterResolution>(),
  },
  (table) => [
    unique('dead_letters_record').on(table.deliveryId, table.record).nullsNotDistinct(),
    index('dead_letters_stream').on(table.streamId, table.id),
    index('dead_letters_open')
      .on(table.id)
      .where(sql`resolved_at is null`),
    index('dead_letters_open_result')
      .on(table.resultId)
      .where(sql`resolved_at is null`),
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
  /** It knows deliveries that are transformed with another version than their result's. */
  redelivers: boolean('redelivers').notNull().default(false),
  /** It knows runs that fetch the past again, from checkpoints of their own. */
  backfills: boolean('backfills').notNull().default(false),
  /** It is to drain; it learns that with its next heartbeat. */
  drainWanted: boolean('drain_wanted').notNull().default(false),
  /** How long what it runs may take to end by itself, milliseconds. */
  drainMs: integer('drain_ms'),
  clockDifferenceMs: bigint('clock_difference_ms', { mode: 'number' }).notNull().default(0),
  memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull().default(0),
  startedAt: time('started_at').notNull().defaultNow(),
  heartbeatAt: time('heartbeat_at').notNull().defaultNow(),
})

/** A wish about many streams or runs, and how far it has come true. */
export const operations = weaver.table(
  'operations',
  {
    id: uuid('id').primaryKey(),
    tenant: tenant(),
    action: text('action').$type<Operation['action']>().notNull(),
    scope: jsonb('scope').$type<Operation['scope']>().notNull(),
    change: jsonb('change').$type<BulkChange>(),
    mode: text('mode').$type<StopMode>(),
    deadlineAt: time('deadline_at'),
    state: text('state').$type<Operation['state']>().notNull(),
    matched: count('matched'),
    done: count('done'),
    /** The last stream it was applied to, in order of id. */
    position: uuid('position'),
    error: jsonb('error').$type<RunError>(),
    createdAt: time('created_at').notNull().defaultNow(),
    finishedAt: time('finished_at'),
  },
  (table) => [
    index('operations_open')
      .on(table.id)
      .where(sql`state in ('applying', 'waiting')`),
    index('operations_age').on(table.createdAt),
  ],
)

/** Runs and deliveries that were in progress when an operation told them to stop: either a run or a delivery. */
export const operationTargets = weaver.table(
  'operation_targets',
  {
    operationId: uuid('operation_id')
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    runId: uuid('run_id'),
    deliveryId: bigint('delivery_id', { mode: 'number' }),
    /** Who was to acknowledge. */
    workerId: text('worker_id'),
    acknowledgedAt: time('acknowledged_at'),
  },
  (table) => [unique('operation_targets_target').on(table.operationId, table.runId, table.deliveryId).nullsNotDistinct()],
)
