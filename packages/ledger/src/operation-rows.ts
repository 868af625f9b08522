import { type Operation, type Queued, type QueueingAction, queueingActions, type Redelivery, WeaverError } from '@data-weaver/contracts'
import { eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { redeliveries } from './redelivery-schema.ts'
import * as tables from './schema.ts'
import type { Tx } from './stream-rows.ts'

/** The row of an operation: how it is written, and what the API shows of it. */
export type OperationRow = typeof tables.operations.$inferSelect

type NewOperation = Pick<OperationRow, 'tenant' | 'action' | 'scope' | 'state'> &
  Partial<Pick<OperationRow, 'mode' | 'change' | 'matched' | 'done'>> & { readonly deadlineMs?: number }

/** Writes an operation down; answers its id. */
export async function insertOperation(tx: Tx, { deadlineMs, ...values }: NewOperation): Promise<string> {
  const id = uuidv7()
  const deadlineAt = deadlineMs === undefined || values.mode === 'interrupt' ? null : sql`now() + ${deadlineMs} * interval '1 ms'`
  await tx.insert(tables.operations).values({ id, ...values, deadlineAt })
  return id
}

/** Writes down that runs were queued for a stream: the operation is complete when all of them have ended. */
export async function insertQueued(
  tx: Tx,
  { tenant, action, streamId, runIds }: { tenant: string; action: QueueingAction; streamId: string; runIds: readonly string[] },
): Promise<string> {
  const id = await insertOperation(tx, { tenant, action, scope: { stream: streamId }, state: 'waiting', matched: 1, done: 1 })
  await tx.execute(sql`
    insert into weaver.operation_targets (operation_id, run_id) select ${id}::uuid, unnest(${sql.param([...runIds])}::uuid[])`)
  return id
}

/** @throws WeaverError `not_found`. */
export async function readOperation(tx: Tx, tenant: string, id: string): Promise<Operation> {
  const { operations, streams } = tables
  const [row] = await tx.select().from(operations).where(eq(operations.id, id))
  if (row === undefined || row.tenant !== tenant) throw new WeaverError('not_found', `there is no operation "${id}"`)
  const { rows: workers } = await tx.execute<WorkerShare>(sql`
    select coalesce(worker_id, '') as id, count(*)::int as told, count(acknowledged_at)::int as acknowledged, max(acknowledged_at) as last
    from weaver.operation_targets where operation_id = ${id} group by 1 order by 1`)
  const [redelivery] = await tx.select().from(redeliveries).where(eq(redeliveries.operationId, id))
  const queued = (queueingActions as readonly string[]).includes(row.action) ? await queuedBy(tx, id) : undefined
  const [stream] =
    row.scope.stream === undefined ? [] : await tx.select({ name: streams.name }).from(streams).where(eq(streams.id, row.scope.stream))
  return toOperation(row, { workers, redelivery, queued, streamName: stream?.name })
}

async function queuedBy(tx: Tx, id: string): Promise<Queued | undefined> {
  const { rows } = await tx.execute<Queued & Record<string, unknown>>(sql`
    select count(*)::int as runs, count(r.finished_at)::int as ended, count(*) filter (where r.state = 'succeeded')::int as succeeded,
      coalesce(sum(r.documents), 0)::int as documents, coalesce(sum(r.dead_letters), 0)::int as "deadLetters"
    from weaver.operation_targets t join weaver.runs r on r.id = t.run_id where t.operation_id = ${id}`)
  return rows[0]
}

/** What an operation has beside its row. */
interface Beside {
  readonly workers: readonly WorkerShare[]
  readonly redelivery: typeof redeliveries.$inferSelect | undefined
  readonly queued: Queued | undefined
  /** Of the stream in its scope. */
  readonly streamName: string | undefined
}

/** What a worker was told by an operation, and acknowledged. */
type WorkerShare = { id: string; told: number; acknowledged: number; last: string | null }

function toOperation(row: OperationRow, { workers, redelivery, queued, streamName }: Beside): Operation {
  const last = workers.flatMap((worker) => (worker.last === null ? [] : [new Date(worker.last).getTime()]))
  return {
    id: row.id,
    action: row.action,
    scope: { ...row.scope, ...(streamName === undefined ? {} : { streamName }) },
    mode: row.mode,
    state: row.state,
    streams: { matched: row.matched, done: row.done },
    runs: {
      told: workers.reduce((sum, { told }) => sum + told, 0),
      acknowledged: workers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    },
    ...(redelivery === undefined ? {} : { redelivery: toRedelivery(redelivery) }),
    ...(queued === undefined ? {} : { queued }),
    workers: workers.filter(({ id }) => id !== '').map(({ id, told, acknowledged }) => ({ id, told, acknowledged })),
    deadlineAt: row.deadlineAt?.toISOString() ?? null,
    error: row.error,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    lastAcknowledgedAt: last.length === 0 ? null : new Date(Math.max(...last)).toISOString(),
  }
}

const toRedelivery = ({
  streamVersion,
  matched,
  done,
  deliveries,
  delivered,
  documents,
  deadLetters,
}: typeof redeliveries.$inferSelect): Redelivery => ({
  streamVersion,
  matched,
  done,
  deliveries,
  delivered,
  documents,
  deadLetters,
})
