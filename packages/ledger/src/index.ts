import type { Clock, Log, Overview, PageResult, RunLogLine, WeaverError } from '@data-weaver/contracts'
import { resultsAnnouncer } from './announce.ts'
import { AuditStore } from './audits.ts'
import { BudgetStore } from './budgets.ts'
import { CatalogueStore } from './catalogue.ts'
import { type CensusRow, census, pingLedger } from './census.ts'
import { type CheckpointCommit, saveCheckpoint } from './checkpoint.ts'
import { type Claim, type ClaimRequest, claim } from './claim.ts'
import { commitPages, type PageCommit, type PageCommitted } from './commit.ts'
import { openDatabase } from './database.ts'
import { type DeadLetterQuery, DeadLetterStore } from './dead-letters.ts'
import { acknowledge, beginDeliveries, type CarriedDelivery, type DeliveryEnd, type PendingDelivery, renewDeliveries } from './delivery.ts'
import { type FeedEntry, type FeedPosition, feedEnd, readFeed } from './feed.ts'
import { endRunFetches, type FetchEnd, type FetchEnded } from './finish.ts'
import { groupCommit } from './group-commit.ts'
import { History } from './history.ts'
import { IdempotencyStore } from './idempotency.ts'
import { IngestStore } from './ingest.ts'
import { announceAvailable, type Heartbeat, type HeldRun, leaveWorkers, renewLeases, type WorkerRegistration } from './lease.ts'
import { OperationStore } from './operations.ts'
import { readOverview } from './overview.ts'
import { ReconcileStore } from './reconcile.ts'
import { type DeadLetterWish, RedeliveryStore } from './redelivery.ts'
import { type ExpiredResult, type NamedObject, type PurgedStream, RetentionStore } from './retention.ts'
import { appendRunLog, readRunLog, type RunLogEntry } from './run-log.ts'
import { type RotatedSecret, rotateSecret } from './rotation.ts'
import { announceSink, type SinkReport } from './sink-reports.ts'
import { StreamStore } from './streams.ts'
import { TrialStore } from './trials.ts'

export type { AuditComparison, AuditEntry } from './audit-comparison.ts'
export type { AuditPlace, AuditStore, AuditWish, DeliveredResult } from './audits.ts'
export type { BackfillPart } from './backfill.ts'
export { namedKey } from './budget-book.ts'
export type { LearnedBudget } from './budget-learn.ts'
export type { BudgetAnswer, BudgetLeaseId, BudgetTake } from './budget-take.ts'
export type { BudgetAlert, BudgetStore, BudgetUse } from './budgets.ts'
export type { CatalogueBatch, CataloguedResult, CataloguedStream, CatalogueStore } from './catalogue.ts'
export type { CensusRow } from './census.ts'
export type { CheckpointCommit } from './checkpoint.ts'
export type { Claim, ClaimedRun, ClaimRequest } from './claim.ts'
export type { PageCommit, PageCommitted } from './commit.ts'
export type { DeadLetterQuery, DeadLetterWish, RedeliveryStore }
export { type CarriedDelivery, type DeliveryEnd, deliveryProofMs, type PendingDelivery, type Refusal } from './delivery.ts'
export type { FeedEntry, FeedPosition } from './feed.ts'
export { type FetchEnd, type FetchEnded, toRunError } from './finish.ts'
export type { KeptAnswer } from './idempotency.ts'
export { type Backlog, type IngestStore, mostCounted, type PushCommit, type PushedResult, type PushOutcome } from './ingest.ts'
export { competeForLeadership, type Leadership } from './leader.ts'
export type { Heartbeat, HeldRun, LeaseState, WorkerRegistration } from './lease.ts'
export { type Channel, type Listener, listen } from './listen.ts'
export { migrate } from './migrate.ts'
export type { BulkRequest, OperationStore, StopRequest } from './operations.ts'
export type { DueItem, ScheduledStream } from './reconcile.ts'
export type { ExpiredResult, NamedObject, PurgedStream, RetentionStore }
export type { RunLogEntry } from './run-log.ts'
export type { SinkReport } from './sink-reports.ts'
export { grantWorkerRole, withheldTables, workerRights } from './worker-role.ts'
export type { NewStream, StreamChange, StreamWithRevision } from './streams.ts'

export interface LedgerOptions {
  readonly clock: Clock
  readonly log: Log
  /** Shown in `pg_stat_activity`. */
  readonly name: string
  /** Largest number of connections. */
  readonly connections?: number
}

/** The truth about streams, runs, results and deliveries, in Postgres. */
export interface Ledger {
  readonly streams: StreamStore
  readonly history: History
  readonly reconcile: ReconcileStore
  readonly operations: OperationStore
  readonly redeliveries: RedeliveryStore
  readonly deadLetters: DeadLetterStore
  readonly retention: RetentionStore
  readonly catalogue: CatalogueStore
  readonly trials: TrialStore
  readonly idempotency: IdempotencyStore
  readonly budgets: BudgetStore
  readonly ingest: IngestStore
  readonly audits: AuditStore
  /** Claims a tick or a queued run for a worker. Concurrent calls share one transaction. */
  claim(workerId: string, leaseMs: number, request: ClaimRequest): Promise<Claim>
  /** @throws WeaverError `lease_lost` when the run is not this worker's any more. */
  commitPage(page: PageCommit): Promise<PageCommitted>
  /** Moves the cursor of a stream without a page, unless the run is not this worker's any more. */
  saveCheckpoint(checkpoint: CheckpointCommit): Promise<void>
  /** Ends a fetch; undefined when the run was not this worker's any more. */
  endFetch(end: FetchEnd): Promise<FetchEnded | undefined>
  /** Begins an attempt of this worker for those of these deliveries that are still pending. */
  beginDeliveries(workerId: string, ids: readonly string[]): Promise<readonly PendingDelivery[]>
  /** Keeps deliveries that a worker carries; answers those that it is to let go of. */
  renewDeliveries(workerId: string, carried: readonly CarriedDelivery[]): Promise<ReadonlySet<string>>
  acknowledge(end: DeliveryEnd): Promise<void>
  /** Keeps a secret that the source rotated. @throws WeaverError `lease_lost`. */
  rotateSecret(secret: RotatedSecret): Promise<void>
  renewLeases(worker: WorkerRegistration, held: readonly HeldRun[], leaseMs: number): Promise<Heartbeat>
  leaveWorkers(workerId: string): Promise<void>
  announceAvailable(message: object): Promise<void>
  /** Tells supervisors how a sink does. */
  announceSink(report: SinkReport): Promise<void>
  /** Writes down what a worker says of a run. Concurrent calls share one statement. */
  logRun(entry: RunLogEntry): Promise<void>
  /** What was said of a run, in order. */
  runLog(runId: string, limit: number, after?: string): Promise<PageResult<RunLogLine>>
  readFeed(after: FeedPosition, limit: number): Promise<readonly FeedEntry[]>
  feedEnd(): Promise<FeedPosition>
  census(): Promise<readonly CensusRow[]>
  /** What is to be seen at a glance. */
  overview(tenant: string): Promise<Overview>
  ping(): Promise<void>
  close(): Promise<void>
}

export function openLedger(url: string, { clock, log, name, connections = 10 }: LedgerOptions): Ledger {
  const database = openDatabase(url, { connections, name, log })
  // One group per worker and lease, in practice one: the arguments are the worker's own.
  const claims = new Map<string, (request: ClaimRequest) => Promise<Claim>>()
  const commit = groupCommit<PageCommit, PageCommitted | WeaverError>((pages) => commitPages(database, pages), clock)
  const begins = new Map<string, (ids: readonly string[]) => Promise<readonly PendingDelivery[]>>()
  const announceResults = resultsAnnouncer(database, clock, log)
  const end = groupCommit<FetchEnd, FetchEnded | undefined>((ends) => endRunFetches(database, ends), clock)
  const settle = groupCommit<DeliveryEnd, void>((ends) => acknowledge(database, ends), clock)
  return {
    streams: new StreamStore(database, clock),
    history: new History(database),
    reconcile: new ReconcileStore(database),
    operations: new OperationStore(database),
    redeliveries: new RedeliveryStore(database),
    deadLetters: new DeadLetterStore(database),
    retention: new RetentionStore(database),
    catalogue: new CatalogueStore(database),
    trials: new TrialStore(database),
    idempotency: new IdempotencyStore(database),
    budgets: new BudgetStore(database),
    ingest: new IngestStore(database, announceResults),
    audits: new AuditStore(database, url),
    claim(workerId, leaseMs, request) {
      const key = `${workerId} ${leaseMs}`
      let group = claims.get(key)
      if (group === undefined) claims.set(key, (group = groupCommit((requests) => claim(database, workerId, leaseMs, requests), clock)))
      return group(request)
    },
    async commitPage(page) {
      const answer = await commit(page)
      if (answer instanceof Error) throw answer
      announceResults()
      return answer
    },
    saveCheckpoint: (checkpoint) => saveCheckpoint(database, checkpoint),
    endFetch: end,
    beginDeliveries(workerId, ids) {
      let group = begins.get(workerId)
      if (group === undefined) begins.set(workerId, (group = groupCommit((jobs) => beginDeliveries(database, workerId, jobs))))
      return group(ids)
    },
    renewDeliveries: (workerId, carried) => renewDeliveries(database, workerId, carried),
    acknowledge: settle,
    rotateSecret: (secret) => rotateSecret(database, secret),
    renewLeases: (worker, held, leaseMs) => renewLeases(database, worker, held, leaseMs),
    leaveWorkers: (workerId) => leaveWorkers(database, workerId),
    announceAvailable: (message) => announceAvailable(database, message),
    announceSink: (report) => announceSink(database, report),
    logRun: groupCommit<RunLogEntry, void>((entries) => appendRunLog(database, entries)),
    runLog: (runId, limit, after) => readRunLog(database, runId, limit, after),
    readFeed: (after, limit) => readFeed(database, after, limit),
    feedEnd: () => feedEnd(database),
    census: () => census(database),
    overview: (tenant) => readOverview(database, tenant),
    ping: () => pingLedger(database),
    close: () => database.close(),
  }
}
