import {
  type ActionPreview,
  type BulkChange,
  type Operation,
  type PageResult,
  type StopMode,
  type StreamAction,
  type StreamFilter,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { eq, type SQL, sql } from 'drizzle-orm'
import {
  changeStreams,
  deleteStreams,
  type LockedStream,
  lockStreams,
  pauseStreams,
  resumeStreams,
  startStreams,
  stopStreams,
  triggerStreams,
  withChange,
} from './control.ts'
import { type Database, ledgerError, statement } from './database.ts'
import { toRunError } from './finish.ts'
import { insertOperation, type OperationRow, readOperation } from './operation-rows.ts'
import * as tables from './schema.ts'
import { holdTargets, interruptRuns, releaseDeliveries } from './stopping.ts'
import { matches } from './stream-filter.ts'
import { lockStream, readStream, type Tx } from './stream-rows.ts'
import { isUp } from './worker-liveness.ts'

/** Streams in one transaction of an action by filter. */
const batchSize = 500
/** How long a drain may take when nobody says, milliseconds. */
const drainMs = 60_000
const liveDrainMs = 5000

export interface StopRequest {
  /** Default: interrupt; for live adapters drain. */
  readonly mode?: StopMode | undefined
  /** Milliseconds that a drain may take. */
  readonly deadline?: number | undefined
  readonly ifRevision?: number | undefined
  /** When it is deleted: its results and documents go as well. */
  readonly purge?: boolean | undefined
}

export interface OperationQuery {
  readonly tenant: string
  readonly limit: number
  readonly after?: string | undefined
  /** Only those that name this stream, by its id or name. */
  readonly stream?: string | undefined
  /** Only those that are not over. */
  readonly open?: boolean | undefined
}

export interface BulkRequest {
  readonly tenant: string
  readonly action: StreamAction
  readonly filter: StreamFilter
  readonly change?: BulkChange | undefined
  readonly mode?: StopMode | undefined
  readonly deadline?: number | undefined
  /** For `delete`: results and documents go as well. */
  readonly purge?: boolean | undefined
}

// A target has acknowledged when nothing of it is in its worker's hands any more; a drain waits for its deliveries as well, for those that somebody
// stopped meanwhile until their worker has let go of them. A run that an operation queued counts when it has ended.
const look = statement(
  'operations_look',
  `with open as materialized (
     select o.id, o.action, o.mode from weaver.operations o where o.state in ('applying', 'waiting') and ($1::uuid is null or o.id = $1)),
   runs as (
     update weaver.operation_targets t set acknowledged_at = coalesce(r.finished_at, now())
     from open o, weaver.runs r
     where t.operation_id = o.id and t.acknowledged_at is null and r.id = t.run_id and case when o.action in ('runTicks', 'backfill') then r.finished_at is not null else (
       (r.state not in ('running', 'stopping') and (o.mode = 'interrupt' or o.action = 'drainWorker' or not exists (
         select from weaver.results e join weaver.deliveries d on d.result_id = e.id where e.run_id = r.id and d.state in ('pending', 'holding'))))
       or (o.action = 'drainWorker' and r.worker_id is distinct from t.worker_id)) end),
   deliveries as (
     update weaver.operation_targets t set acknowledged_at = now()
     from open o, weaver.deliveries d
     where t.operation_id = o.id and t.acknowledged_at is null and d.id = t.delivery_id and d.state <> 'holding' and (d.state <> 'pending' or o.mode is distinct from 'drain'))
   select 1`,
)

// A worker may claim until it has heard that it is to drain: it is drained when it has said that it drains, and nothing that it claimed meanwhile is left.
// A process that came after it under its name was not asked to.
const complete = statement(
  'operations_complete',
  `update weaver.operations o set state = 'completed', finished_at = case when o.action in ('runTicks', 'backfill')
     then (select max(t.acknowledged_at) from weaver.operation_targets t where t.operation_id = o.id) else now() end
   where o.state = 'waiting' and ($1::uuid is null or o.id = $1)
     and not exists (select from weaver.operation_targets t where t.operation_id = o.id and t.acknowledged_at is null)
     and not exists (select from weaver.open_redeliveries p where p.operation_id = o.id)
     and not exists (select from weaver.streams s where s.purge_operation = o.id)
     and not (o.action = 'drainWorker' and exists (
       select from weaver.workers w where w.id = o.scope ->> 'worker' and w.drain_wanted and ${isUp('w')}
         and (not w.draining or exists (select from weaver.runs r where r.lease_until is not null and r.worker_id = w.id))))
   returning o.id`,
)

const overdue = statement(
  'operations_overdue',
  `select o.id from weaver.operations o where o.state in ('applying', 'waiting') and o.mode is distinct from 'interrupt' and o.action = 'stop' and o.deadline_at < now() order by o.id limit 20`,
)

const applying = statement(
  'operations_applying',
  `select id from weaver.operations where state = 'applying' and action not in ('reparse', 'redrive', 'discard') order by id limit 1`,
)

/** Wishes about runs, streams and workers: written down first, then carried out, complete when all who are concerned have acknowledged. */
export class OperationStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Commits that a stream is stopped, and deleted when `remove` is set. @throws WeaverError `not_found`, `version_conflict`. */
  async stopStream(
    tenant: string,
    id: string,
    { mode, deadline, ifRevision, purge = false }: StopRequest,
    remove = false,
  ): Promise<string> {
    return await this.#transaction(async (tx) => {
      const stream = await lockStream(tx, tenant, id, ifRevision)
      const how = remove ? 'interrupt' : (mode ?? (stream.row.continuous ? 'drain' : 'interrupt'))
      const operationId = await insertOperation(tx, {
        tenant,
        action: remove ? 'delete' : 'stop',
        scope: { stream: stream.row.id, ...(purge ? { purge } : {}) },
        mode: how,
        deadlineMs: deadline ?? (stream.row.continuous ? liveDrainMs : drainMs),
        state: 'waiting',
        matched: 1,
        done: 1,
      })
      if (remove) await deleteStreams(tx, [stream], operationId, purge)
      else await stopStreams(tx, [stream], operationId, how)
      return operationId
    })
  }

  /** Commits that a run is interrupted; it never comes back. @throws WeaverError `not_found`. */
  async interruptRun(tenant: string, runId: string): Promise<string> {
    return await this.#transaction(async (tx) => {
      await lockStreams(tx, [await streamOf(tx, tenant, runId)])
      const operationId = await insertOperation(tx, {
        tenant,
        action: 'interrupt',
        scope: { run: runId },
        mode: 'interrupt',
        state: 'waiting',
        matched: 1,
        done: 1,
      })
      await interruptRuns(tx, { runIds: [runId] }, operationId)
      return operationId
    })
  }

  /** Sends on what was held when a run was interrupted; answers how many deliveries. @throws WeaverError `not_found`. */
  async releaseRun(tenant: string, runId: string): Promise<number> {
    return await this.#transaction(async (tx) => {
      await lockStreams(tx, [await streamOf(tx, tenant, runId)])
      return await releaseDeliveries(tx, { runIds: [runId] })
    })
  }

  /** A worker takes nothing new, and hands on what it still runs at the deadline. @throws WeaverError `not_found`. */
  async drainWorker(tenant: string, workerId: string, deadlineMs = drainMs): Promise<string> {
    return await this.#transaction(async (tx) => {
      const { rows } = await tx.execute(
        sql`update weaver.workers set drain_wanted = true, drain_ms = ${deadlineMs} where id = ${workerId} returning id`,
      )
      if (rows.length === 0) throw new WeaverError('not_found', `there is no worker "${workerId}"`)
      const operationId = await insertOperation(tx, {
        tenant,
        action: 'drainWorker',
        scope: { worker: workerId },
        mode: 'drain',
        deadlineMs,
        state: 'waiting',
      })
      await tx.execute(sql`
        insert into weaver.operation_targets (operation_id, run_id, worker_id)
        select ${operationId}::uuid, id, worker_id from weaver.runs where lease_until is not null and worker_id = ${workerId} on conflict do nothing`)
      await tx.execute(sql`select pg_notify('weaver_stop', '')`)
      return operationId
    })
  }

  /** Writes an action by filter down; {@link applyNext} carries it out. */
  async begin({ tenant, action, filter, change, mode, deadline, purge = false }: BulkRequest): Promise<string> {
    return await this.#transaction(async (tx) => {
      const { rows } = await tx.execute<{ n: number }>(
        sql`select count(*)::int as n from weaver.streams s where ${matches(tenant, filter)}`,
      )
      const operationId = await insertOperation(tx, {
        tenant,
        action,
        scope: { filter, ...(purge ? { purge } : {}) },
        ...(change === undefined ? {} : { change }),
        ...(mode === undefined ? {} : { mode }),
        ...(action === 'stop' ? { deadlineMs: deadline ?? drainMs } : {}),
        state: 'applying',
        matched: rows[0]?.n ?? 0,
      })
      await tx.execute(sql`select pg_notify('weaver_operations', '')`)
      return operationId
    })
  }

  /** What an action would touch now. */
  async preview({ tenant, action, filter, purge = false }: BulkRequest): Promise<ActionPreview> {
    const would: Record<StreamAction, SQL> = {
      start: sql`s.desired <> 'started'`,
      resume: sql`s.desired = 'paused'`,
      pause: sql`s.desired = 'started'`,
      stop: sql`s.desired <> 'stopped'`,
      trigger: sql`s.desired <> 'stopped' and s.active_run_id is null`,
      change: sql`true`,
      delete: sql`true`,
    }
    return await this.#guard(async () => {
      const { rows } = await this.#database.drizzle.execute<ActionPreview & Record<string, unknown>>(sql`
        with matched as materialized (select s.id, ${would[action]} as concerned from weaver.streams s where ${matches(tenant, filter)}),
        running as (select r.worker_id from weaver.runs r join matched m on m.id = r.stream_id where r.lease_until is not null)
        select (select count(*) from matched where concerned)::int as streams, (select count(*) from matched)::int as matched,
          (select count(*) from running)::int as running, (select count(distinct worker_id) from running)::int as workers`)
      const counted = rows[0] as ActionPreview
      if (!purge) return counted
      const stored = await this.#database.drizzle.execute<{ results: number; bytes: string }>(sql`
        select coalesce(sum(r.pages), 0)::int as results, coalesce(sum(r.bytes), 0) as bytes
        from weaver.runs r where r.stream_id in (select s.id from weaver.streams s where ${matches(tenant, filter)})`)
      const { results = 0, bytes = '0' } = stored.rows[0] ?? {}
      return { ...counted, purged: { results, bytes: Number(bytes) } }
    })
  }

  /** Applies the next batch of the oldest operation that is not applied yet; answers the runs to wake, or undefined when there is none. */
  async applyNext(): Promise<{ readonly woken: readonly { id: string; streamId: string }[] } | undefined> {
    const [open] = await this.#database.rows<{ id: string }>(applying, [])
    if (open === undefined) return undefined
    try {
      return { woken: await this.#transaction((tx) => applyBatch(tx, open.id)) }
    } catch (thrown) {
      const error = toWeaverError(thrown)
      if (error.code === 'ledger_unavailable') throw error
      await this.#database.drizzle
        .update(tables.operations)
        .set({ state: 'failed', error: toRunError(error), finishedAt: sql`now()` })
        .where(eq(tables.operations.id, open.id))
      return { woken: [] }
    }
  }

  /**
   * Looks who has acknowledged, completes what can be, and turns drains beyond their deadline into interruptions; answers whether any are open that
   * somebody waits for. Runs that were queued may take hours: nobody hurries for them.
   */
  async look(id: string | null = null): Promise<boolean> {
    for (const { id: late } of await this.#database.rows<{ id: string }>(overdue, []))
      await this.#transaction((tx) => interruptLate(tx, late))
    await this.#database.rows(look, [id])
    const done = await this.#database.rows(complete, [id])
    if (done.length > 0)
      await this.#guard(async () => void (await this.#database.drizzle.execute(sql`select pg_notify('weaver_stopped', '')`)))
    const { rows } = await this.#database.drizzle.execute<{ n: number }>(
      sql`select count(*)::int as n from weaver.operations where state in ('applying', 'waiting') and action not in ('runTicks', 'backfill')`,
    )
    return (rows[0]?.n ?? 0) > 0
  }

  /** Newest first. @throws WeaverError `not_found` for an unknown stream. */
  async list({ tenant, limit, after, stream, open = false }: OperationQuery): Promise<PageResult<Operation>> {
    return await this.#guard(async () => {
      const tx = this.#database.drizzle
      const all = [sql`o.tenant = ${tenant}`]
      if (after !== undefined) all.push(sql`o.id < ${after}::uuid`)
      if (open) all.push(sql`o.state in ('applying', 'waiting')`)
      if (stream !== undefined) {
        const { row } = await readStream(tx, tenant, stream)
        all.push(sql`(o.scope ->> 'stream' = ${row.id} or o.scope -> 'filter' -> 'names' ?| ${sql.param([row.id, row.name])}::text[])`)
      }
      const { rows } = await tx.execute<{ id: string }>(
        sql`select o.id from weaver.operations o where ${sql.join(all, sql` and `)} order by o.id desc limit ${limit + 1}`,
      )
      const items = await Promise.all(rows.slice(0, limit).map(({ id }) => readOperation(tx, tenant, id)))
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    })
  }

  /** @throws WeaverError `not_found`. */
  async get(tenant: string, id: string): Promise<Operation> {
    return await this.#guard(async () => await readOperation(this.#database.drizzle, tenant, id))
  }

  async #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#guard(async () => await this.#database.drizzle.transaction(work))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}

async function streamOf(tx: Tx, tenant: string, runId: string): Promise<string> {
  const { rows } = await tx.execute<{ stream_id: string }>(
    sql`select stream_id from weaver.runs where id = ${runId} and tenant = ${tenant}`,
  )
  const [row] = rows
  if (row === undefined) throw new WeaverError('not_found', `there is no run "${runId}"`)
  return row.stream_id
}

/** The next streams of an operation, in order of id, so that one that dies in the middle is gone on with. */
async function applyBatch(tx: Tx, operationId: string): Promise<readonly { id: string; streamId: string }[]> {
  const { rows } = await tx.execute<{ id: string }>(
    sql`select id from weaver.operations where id = ${operationId} and state = 'applying' for update skip locked`,
  )
  if (rows.length === 0) return []
  const [operation] = await tx.select().from(tables.operations).where(eq(tables.operations.id, operationId))
  const { tenant, scope, position, action } = operation as OperationRow
  const after = position ?? '00000000-0000-0000-0000-000000000000'
  const found = await tx.execute<{ id: string }>(
    sql`select s.id from weaver.streams s where ${matches(tenant, scope.filter ?? {})} and s.id > ${after} order by s.id limit ${batchSize}`,
  )
  const ids = found.rows.map(({ id }) => id)
  const streams = await lockStreams(tx, ids)
  const woken = await act(tx, operation as OperationRow, streams)
  const over = ids.length < batchSize
  await tx
    .update(tables.operations)
    .set({
      done: sql`done + ${streams.length}`,
      // Streams that were made meanwhile are matched as well.
      matched: sql`greatest(matched, done + ${streams.length})`,
      ...(ids.length === 0 ? {} : { position: ids.at(-1) }),
      ...(over ? { state: ['stop', 'delete'].includes(action) ? ('waiting' as const) : ('completed' as const) } : {}),
      ...(over && !['stop', 'delete'].includes(action) ? { finishedAt: sql`now()` } : {}),
    })
    .where(eq(tables.operations.id, operationId))
  return woken
}

async function act(
  tx: Tx,
  { id, action, mode, change, scope }: OperationRow,
  streams: readonly LockedStream[],
): Promise<readonly { id: string; streamId: string }[]> {
  if (action === 'trigger') return await triggerStreams(tx, streams)
  if (action === 'start') await startStreams(tx, streams, { many: true })
  if (action === 'pause') await pauseStreams(tx, streams)
  if (action === 'resume') await resumeStreams(tx, streams)
  if (action === 'delete') await deleteStreams(tx, streams, id, scope.purge)
  if (action === 'change')
    await changeStreams(
      tx,
      streams.filter(({ row }) => row.canaryVersion === null),
      withChange(change ?? {}),
    )
  if (action === 'stop') {
    for (const [how, some] of Map.groupBy(streams, ({ row }) => mode ?? (row.continuous ? 'drain' : 'interrupt')))
      await stopStreams(tx, some, id, how)
  }
  return []
}

/** A drain is beyond its deadline: what is still under way is interrupted. */
async function interruptLate(tx: Tx, operationId: string): Promise<void> {
  const { rows } = await tx.execute<{ run_id: string | null; stream_id: string }>(sql`
    select t.run_id, coalesce(r.stream_id, d.stream_id) as stream_id
    from weaver.operation_targets t left join weaver.runs r on r.id = t.run_id left join weaver.deliveries d on d.id = t.delivery_id
    where t.operation_id = ${operationId} and t.acknowledged_at is null and coalesce(r.stream_id, d.stream_id) is not null`)
  await lockStreams(
    tx,
    rows.map(({ stream_id: id }) => id),
  )
  await holdTargets(tx, operationId)
  await interruptRuns(tx, { runIds: rows.flatMap(({ run_id: id }) => id ?? []) }, operationId)
  await tx.update(tables.operations).set({ mode: 'interrupt' }).where(eq(tables.operations.id, operationId))
}
