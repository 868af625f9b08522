import type { DeliveryState, RequestFacts, ResponseFacts, RunError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'

/** All that a worker needs to know to carry a result to a sink. */
export interface PendingDelivery {
  readonly id: string
  readonly attempts: number
  readonly position: number
  readonly tenant: string
  readonly stream: string
  readonly streamId: string
  readonly adapter: string
  readonly streamVersion: number
  readonly runId: string
  readonly resultId: string
  readonly seq: number
  readonly key: string
  readonly sha256: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
}

const begin = statement(
  'delivery_begin',
  `with begun as (
     update weaver.deliveries set attempts = attempts + 1, enqueue_after = now() + $2 * interval '1 ms'
     where id in (select id from weaver.deliveries where id = any($1::bigint[]) and state = 'pending' order by id for no key update)
     returning id, attempts, position, result_id)
   select b.id::text, b.attempts, b.position, s.tenant, s.name as stream, s.id as "streamId", s.adapter, r.stream_version as "streamVersion",
     r.run_id as "runId", r.id as "resultId", r.seq, r.key, r.sha256, r.request, r.response
   from begun b join weaver.results r on r.id = b.result_id join weaver.streams s on s.id = r.stream_id
   order by r.seq, b.position`,
)

/**
 * Begins an attempt for each of these deliveries that is still pending. Until `patienceMs` have passed the reconciler leaves
 * them alone. Two workers may carry the same delivery: ids and `seq` make the second one change nothing.
 */
export async function beginDeliveries(database: Database, ids: readonly string[], patienceMs: number): Promise<readonly PendingDelivery[]> {
  return await database.rows<PendingDelivery & Record<string, unknown>>(begin, [ids, patienceMs])
}

/** A record, or a whole result, that was refused. */
export interface Refusal {
  /** Index of the record; null: the whole result. */
  readonly record: number | null
  readonly error: RunError
}

export interface DeliveryEnd {
  readonly deliveryId: string
  readonly state: Exclude<DeliveryState, 'pending'> | 'retry'
  readonly records: number
  readonly documents: number
  readonly refusals: readonly Refusal[]
  readonly error: RunError | null
  /** For `retry`: when the next attempt may begin, milliseconds from now. */
  readonly retryAfterMs: number
}

const settle = statement(
  'delivery_settle',
  `update weaver.deliveries d set state = i.state, records = i.records, documents = i.documents, dead_letters = i.dead_letters, error = i.error, finished_at = now()
   from unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::int[], $6::jsonb[]) as i(id, state, records, documents, dead_letters, error)
   where d.id = i.id and d.state = 'pending'
   returning d.id::text, d.run_id, d.records, d.documents, d.dead_letters`,
)

const postpone = statement(
  'delivery_postpone',
  `update weaver.deliveries d set error = i.error, enqueue_after = now() + i.retry_after * interval '1 ms'
   from unnest($1::bigint[], $2::jsonb[], $3::bigint[]) as i(id, error, retry_after) where d.id = i.id and d.state = 'pending'`,
)

const bury = statement(
  'delivery_bury',
  `insert into weaver.dead_letters (tenant, stream_id, run_id, result_id, delivery_id, sink, record, error)
   select d.tenant, d.stream_id, d.run_id, d.result_id, d.id, d.sink, i.record, i.error
   from unnest($1::bigint[], $2::int[], $3::jsonb[]) as i(delivery_id, record, error) join weaver.deliveries d on d.id = i.delivery_id
   on conflict on constraint dead_letters_record do nothing`,
)

const lockDeliveries = statement(
  'delivery_lock',
  `select id from weaver.deliveries where id = any($1::bigint[]) order by id for no key update`,
)

const lockRuns = statement('delivery_lock_runs', `select id from weaver.runs where id = any($1::uuid[]) order by id for no key update`)

// The last delivery of a fetched run ends it: "succeeded" means that every record is in every sink.
const settleRuns = statement(
  'delivery_settle_runs',
  `update weaver.runs r set pending_deliveries = r.pending_deliveries - i.deliveries, records = r.records + i.records, documents = r.documents + i.documents,
     dead_letters = r.dead_letters + i.dead_letters,
     state = case
       when r.state = 'delivering' and r.pending_deliveries = i.deliveries then case when r.dead_letters + i.dead_letters > 0 then 'partial' else 'succeeded' end
       when r.state = 'succeeded' and i.dead_letters > 0 then 'partial'
       else r.state end,
     finished_at = case when r.state = 'delivering' and r.pending_deliveries = i.deliveries then now() else r.finished_at end
   from unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[]) as i(id, deliveries, records, documents, dead_letters)
   where r.id = i.id`,
)

interface Settled {
  id: string
  run_id: string
  records: number
  documents: number
  dead_letters: number
}

/** Acknowledges deliveries in one transaction: states, counts, dead letters, and the end of runs whose last delivery this was. */
export async function acknowledge(database: Database, ends: readonly DeliveryEnd[]): Promise<readonly void[]> {
  const done = ends.filter(({ state }) => state !== 'retry')
  const again = ends.filter(({ state }) => state === 'retry')
  await database.transaction(async (session) => {
    await session.rows(lockDeliveries, [ends.map(({ deliveryId }) => deliveryId)])
    if (again.length > 0) {
      await session.rows(postpone, [
        again.map(({ deliveryId }) => deliveryId),
        again.map(({ error }) => (error === null ? null : toJsonb(error))),
        again.map(({ retryAfterMs }) => Math.round(retryAfterMs)),
      ])
    }
    if (done.length === 0) return
    const settled = (await session.rows<Settled & Record<string, unknown>>(settle, [
      done.map(({ deliveryId }) => deliveryId),
      done.map(({ state }) => state),
      done.map(({ records }) => records),
      done.map(({ documents }) => documents),
      done.map(({ refusals }) => refusals.length),
      done.map(({ error }) => (error === null ? null : toJsonb(error))),
    ])) as Settled[]
    const now = new Set(settled.map(({ id }) => id))
    const refused = done
      .filter(({ deliveryId }) => now.has(deliveryId))
      .flatMap(({ deliveryId, refusals }) => refusals.map((refusal) => ({ deliveryId, ...refusal })))
    if (refused.length > 0) {
      await session.rows(bury, [
        refused.map(({ deliveryId }) => deliveryId),
        refused.map(({ record }) => record),
        refused.map(({ error }) => toJsonb(error)),
      ])
    }
    const byRun = [...Map.groupBy(settled, ({ run_id }) => run_id)]
    if (byRun.length === 0) return
    const ids = byRun.map(([id]) => id)
    await session.rows(lockRuns, [ids])
    const sum = (of: (row: Settled) => number) => byRun.map(([, rows]) => rows.reduce((total, row) => total + of(row), 0))
    await session.rows(settleRuns, [
      ids,
      sum(() => 1),
      sum((row) => row.records),
      sum((row) => row.documents),
      sum((row) => row.dead_letters),
    ])
  })
  return ends.map(() => undefined)
}
