import {
  type Delivery,
  type PageResult,
  type Result,
  type Run,
  type RunState,
  runStates,
  type Tick,
  type TickOutcome,
  WeaverError,
  type Worker,
} from '@data-weaver/contracts'
import { and, asc, desc, eq, gt, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm'
import { type Database, ledgerError } from './database.ts'
import * as tables from './schema.ts'
import { isUp } from './worker-liveness.ts'

export interface HistoryQuery {
  readonly tenant: string
  readonly limit: number
  readonly after?: string
  readonly streamId?: string
}

const iso = (date: Date): string => date.toISOString()
const isoOrNull = (date: Date | null): string | null => date?.toISOString() ?? null

/** Few deliveries are held at any time: the subquery reads their partial index. */
const heldDeliveries = sql<number>`case when ${tables.runs.pendingDeliveries} = 0 then 0 else (
  select count(*)::int from weaver.deliveries d where d.state in ('holding', 'held') and d.stream_id = ${tables.runs.streamId} and d.run_id = ${tables.runs.id}) end`

const statesOf: Record<TickOutcome, readonly RunState[]> = {
  skipped: ['skipped'],
  missed: ['missed'],
  inProgress: ['queued', 'running', 'waiting', 'stopping', 'delivering'],
  ran: runStates.filter((state) => !['skipped', 'missed', 'queued', 'running', 'waiting', 'stopping', 'delivering'].includes(state)),
}

const outcomeOf = (state: RunState): TickOutcome =>
  (Object.keys(statesOf) as TickOutcome[]).find((outcome) => statesOf[outcome].includes(state)) ?? 'ran'

/** Reads what has happened: runs, results, dead letters, workers. */
export class History {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Newest first. */
  async runs({
    tenant,
    limit,
    after,
    streamId,
    states,
  }: HistoryQuery & { readonly states?: readonly RunState[] }): Promise<PageResult<Run>> {
    const { runs } = tables
    const rows = await this.#runs(
      and(
        eq(runs.tenant, tenant),
        streamId === undefined ? undefined : eq(runs.streamId, streamId),
        after === undefined ? undefined : lt(runs.id, cursorUuid(after)),
        states === undefined ? undefined : sql`${runs.state} = any(${sql.param([...states])})`,
      ),
      limit + 1,
    )
    const items = rows.slice(0, limit)
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  }

  async run(tenant: string, id: string): Promise<Run> {
    const [run] = await this.#runs(and(eq(tables.runs.tenant, tenant), eq(tables.runs.id, id)), 1)
    if (run === undefined) throw new WeaverError('not_found', `there is no run "${id}"`)
    return run
  }

  /** How the nominal times of a stream in [`since`, `until`] are accounted for, newest first. `after`: the tick to go on below. */
  async ticks({
    tenant,
    limit,
    after,
    streamId,
    since,
    until,
    outcomes,
  }: HistoryQuery & {
    readonly streamId: string
    readonly since?: string
    readonly until?: string
    readonly outcomes?: readonly TickOutcome[]
  }): Promise<PageResult<Tick>> {
    const { runs } = tables
    return await this.#guard(async () => {
      const rows = await this.#database.drizzle
        .select()
        .from(runs)
        .where(
          and(
            eq(runs.tenant, tenant),
            eq(runs.streamId, streamId),
            isNotNull(runs.tick),
            after === undefined ? undefined : lt(runs.tick, cursorTime(after)),
            since === undefined ? undefined : sql`coalesce(${runs.tickUntil}, ${runs.tick}) >= ${since}::timestamptz`,
            until === undefined ? undefined : sql`${runs.tick} <= ${until}::timestamptz`,
            outcomes === undefined ? undefined : sql`${runs.state} = any(${sql.param(outcomes.flatMap((outcome) => statesOf[outcome]))})`,
          ),
        )
        .orderBy(desc(runs.tick))
        .limit(limit + 1)
      const items = rows.slice(0, limit).map(toTick)
      return { items, next: rows.length > limit ? (items.at(-1)?.tick ?? null) : null }
    })
  }

  /** The results of a run with their deliveries, in the order in which they were committed. @throws WeaverError `not_found`. */
  async resultsOfRun(tenant: string, runId: string, limit: number, after?: string): Promise<PageResult<Result>> {
    const { results } = tables
    await this.run(tenant, runId)
    const later = after === undefined ? undefined : gt(results.part, cursorNumber(after))
    const rows = await this.#results(and(eq(results.tenant, tenant), eq(results.runId, runId), later), limit + 1, asc(results.part))
    const items = rows.slice(0, limit)
    const deliveries = await this.#deliveries(items)
    return {
      items: items.map((result) => ({ ...result, deliveries: deliveries.get(result.id) ?? [] })),
      next: rows.length > limit ? String(items.at(-1)?.part) : null,
    }
  }

  /** Newest first. */
  async results({ tenant, limit, after, streamId, runId }: HistoryQuery & { readonly runId?: string }): Promise<PageResult<Result>> {
    const { results } = tables
    const rows = await this.#results(
      and(
        eq(results.tenant, tenant),
        streamId === undefined ? undefined : eq(results.streamId, streamId),
        runId === undefined ? undefined : eq(results.runId, runId),
        after === undefined ? undefined : lt(results.seq, cursorNumber(after)),
      ),
      limit + 1,
    )
    const items = rows.slice(0, limit)
    return { items, next: rows.length > limit ? String(items.at(-1)?.seq) : null }
  }

  /** With its deliveries. */
  async result(tenant: string, id: string): Promise<Result> {
    const [result] = await this.#results(and(eq(tables.results.tenant, tenant), eq(tables.results.id, id)), 1)
    if (result === undefined) throw new WeaverError('not_found', `there is no result "${id}"`)
    return { ...result, deliveries: (await this.#deliveries([result])).get(id) ?? [] }
  }

  /** In order of id; workers that left in good order are not on the list. */
  async workers(limit: number, after?: string): Promise<PageResult<Worker>> {
    return await this.#guard(async () => {
      const { rows } = await this.#database.drizzle.execute<WorkerRow>(sql`
        select w.*, (select count(*) from weaver.runs r where r.worker_id = w.id and r.lease_until is not null)::int as running,
          not (${sql.raw(isUp('w'))}) as lost
        from weaver.workers w where ${after ?? ''} < w.id order by w.id limit ${limit + 1}`)
      const items = rows.slice(0, limit).map((row): Worker => ({
        id: row.id,
        host: row.host,
        pid: row.pid,
        version: row.version,
        pools: row.pools,
        slots: row.slots,
        running: row.running,
        clockDifferenceMs: Number(row.clock_difference_ms),
        memoryBytes: Number(row.memory_bytes),
        state: row.lost ? 'lost' : row.draining ? 'draining' : 'up',
        startedAt: iso(new Date(row.started_at)),
        heartbeatAt: iso(new Date(row.heartbeat_at)),
      }))
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    })
  }

  async #runs(where: SQL | undefined, limit: number): Promise<Run[]> {
    const { runs, streams } = tables
    return await this.#guard(async () => {
      const rows = await this.#database.drizzle
        .select({ run: runs, stream: streams.name, held: heldDeliveries })
        .from(runs)
        .innerJoin(streams, eq(streams.id, runs.streamId))
        .where(where)
        .orderBy(desc(runs.id))
        .limit(limit)
      return rows.map(({ run, stream, held }) => toRun(run, stream, held))
    })
  }

  async #results(where: SQL | undefined, limit: number, order = desc(tables.results.seq)): Promise<Result[]> {
    const { results, streams } = tables
    return await this.#guard(async () => {
      const rows = await this.#database.drizzle
        .select({ result: results, stream: streams.name, expired: sql<boolean>`${results.seq} <= ${streams.expiredUntil}` })
        .from(results)
        .innerJoin(streams, eq(streams.id, results.streamId))
        .where(where)
        .orderBy(order)
        .limit(limit)
      return rows.map(({ result, stream, expired }) => toResult(result, stream, expired))
    })
  }

  /** By result. */
  async #deliveries(results: readonly Result[]): Promise<ReadonlyMap<string, Delivery[]>> {
    const versions = new Map(results.map(({ id, streamVersion }) => [id, streamVersion]))
    const { deliveries } = tables
    return await this.#guard(async () => {
      const rows = await this.#database.drizzle
        .select()
        .from(deliveries)
        .where(inArray(deliveries.resultId, [...versions.keys()]))
        .orderBy(asc(deliveries.position), asc(deliveries.id))
      const shown = rows.map((row) => [row.resultId, toDelivery(row, versions.get(row.resultId))] as const)
      return new Map([...Map.groupBy(shown, ([id]) => id)].map(([id, own]) => [id, own.map(([, delivery]) => delivery)]))
    })
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}

interface WorkerRow extends Record<string, unknown> {
  id: string
  host: string
  pid: number
  version: string
  pools: string[]
  slots: number
  draining: boolean
  started_at: string
  heartbeat_at: string
  running: number
  clock_difference_ms: string
  memory_bytes: string
  lost: boolean
}

export const badCursor = (value: string): WeaverError =>
  new WeaverError('invalid_request', `after "${value}" is not a cursor of this list`, {
    errors: [{ field: 'after', problem: 'is not a cursor of this list', hint: 'Pass the `next` of the page before.' }],
  })

export function cursorNumber(after: string): number {
  if (!/^\d{1,15}$/.test(after)) throw badCursor(after)
  return Number(after)
}

function cursorUuid(after: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(after)) throw badCursor(after)
  return after
}

function cursorTime(after: string): Date {
  const time = new Date(after)
  if (Number.isNaN(time.getTime())) throw badCursor(after)
  return time
}

function toTick(run: typeof tables.runs.$inferSelect): Tick {
  const tick = run.tick as Date
  const outcome = outcomeOf(run.state)
  return {
    tick: iso(tick),
    until: iso(run.tickUntil ?? tick),
    ticks: run.ticks,
    outcome,
    reason: outcome === 'skipped' || outcome === 'missed' ? run.reason : null,
    latenessMs: run.startedAt === null ? null : Math.max(0, run.startedAt.getTime() - tick.getTime()),
    trigger: run.trigger,
    runId: run.id,
    state: run.state,
  }
}

const toDelivery = (row: typeof tables.deliveries.$inferSelect, fetchedWith = 1): Delivery => ({
  sink: row.sink,
  position: row.position,
  streamVersion: row.streamVersion ?? fetchedWith,
  state: row.state,
  attempts: row.attempts,
  records: row.records,
  documents: row.documents,
  deadLetters: row.deadLetters,
  error: row.error,
  createdAt: iso(row.createdAt),
  finishedAt: isoOrNull(row.finishedAt),
  transformMs: row.transformMs,
})

function toRun(run: typeof tables.runs.$inferSelect, stream: string, held: number): Run {
  return {
    id: run.id,
    streamId: run.streamId,
    stream,
    streamVersion: run.streamVersion,
    trigger: run.trigger,
    tick: isoOrNull(run.tick),
    ticks: run.ticks,
    state: run.state,
    reason: run.reason,
    attempt: run.attempt,
    epoch: run.epoch,
    workerId: run.workerId,
    createdAt: iso(run.createdAt),
    startedAt: isoOrNull(run.startedAt),
    fetchedAt: isoOrNull(run.fetchedAt),
    finishedAt: isoOrNull(run.finishedAt),
    nextAttemptAt: run.state === 'waiting' ? isoOrNull(run.enqueueAfter) : null,
    error: run.error,
    pages: run.pages,
    bytes: run.bytes,
    records: run.records,
    documents: run.documents,
    deadLetters: run.deadLetters,
    pendingDeliveries: run.pendingDeliveries,
    heldDeliveries: held,
    canary: run.canary,
    backfill: run.backfill,
  }
}

function toResult(result: typeof tables.results.$inferSelect, stream: string, expired: boolean): Result {
  const { request, response } = result
  return {
    id: result.id,
    runId: result.runId,
    streamId: result.streamId,
    stream,
    streamVersion: result.streamVersion,
    seq: result.seq,
    part: result.part,
    key: result.key,
    sha256: result.sha256,
    size: result.size,
    contentType: result.contentType,
    expired,
    request: { method: request.method, url: request.url, headers: { ...request.headers } },
    response: {
      status: response.status,
      headers: { ...response.headers },
      receivedAt: response.receivedAt,
      durationMs: response.durationMs,
    },
    gap: result.gap,
    createdAt: iso(result.createdAt),
  }
}
