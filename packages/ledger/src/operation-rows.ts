import type { Operation, Redelivery } from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { redeliveries } from './redelivery-schema.ts'
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

/** What a worker was told by an operation, and acknowledged. */
export type WorkerShare = { id: string; told: number; acknowledged: number; last: string | null }

export function toOperation(
  row: OperationRow,
  workers: readonly WorkerShare[],
  redelivery: typeof redeliveries.$inferSelect | undefined,
): Operation {
  const last = workers.flatMap((worker) => (worker.last === null ? [] : [new Date(worker.last).getTime()]))
  return {
    id: row.id,
    action: row.action,
    scope: row.scope,
    mode: row.mode,
    state: row.state,
    streams: { matched: row.matched, done: row.done },
    runs: {
      told: workers.reduce((sum, { told }) => sum + told, 0),
      acknowledged: workers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    },
    ...(redelivery === undefined ? {} : { redelivery: toRedelivery(redelivery) }),
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
