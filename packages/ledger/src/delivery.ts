import type { RequestFacts, ResponseFacts, RunError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb, unhurried } from './database.ts'

/** All that a worker needs to know to carry a result to a sink. */
export interface PendingDelivery {
  readonly id: string
  readonly attempts: number
  readonly position: number
  readonly tenant: string
  readonly stream: string
  readonly streamId: string
  readonly adapter: string
  /** Whose configuration, transform and sinks it takes: the result's, or that of a re-parse. */
  readonly streamVersion: number
  readonly runId: string
  readonly resultId: string
  readonly seq: number
  readonly key: string
  readonly sha256: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
}

// Not `state = 'pending'`: that would invite the planner to walk the partial index of what is pending, and past all that was.
const begin = statement(
  'delivery_begin',
  `with begun as (
     update weaver.deliveries set attempts = attempts + 1, worker_id = $3, enqueue_after = now() + $2 * interval '1 ms'
     where id = any(array(select id from weaver.deliveries where id = any($1::bigint[]) and worker_id is null and state not in ('done', 'dead', 'held', 'holding') order by id for no key update))
     returning id, attempts, position, result_id, stream_version)
   select b.id::text, b.attempts, b.position, s.tenant, s.name as stream, s.id as "streamId", s.adapter,
     coalesce(b.stream_version, r.stream_version) as "streamVersion", r.run_id as "runId", r.id as "resultId", r.seq, r.key, r.sha256, r.request, r.response, ${unhurried}
   from begun b join weaver.results r on r.id = b.result_id join weaver.streams s on s.id = r.stream_id
   order by r.seq, b.position`,
)

/** How long a begun delivery is left alone by the reconciler, milliseconds; who carries it for longer renews that. */
export const deliveryPatienceMs = 7000
/** How long after it was asked the ledger's word that a delivery is carried by a worker is good for, milliseconds: then somebody else may carry it soon. */
export const deliveryProofMs = 5000

// One that was settled by this attempt needs nothing more; a later attempt is somebody else's, whatever became of it.
const renew = statement(
  'delivery_renew',
  `with open as materialized (
     select d.id, d.state, d.worker_id, d.attempts <> i.attempt as later from weaver.deliveries d join unnest($1::bigint[], $3::int[]) as i(id, attempt) using (id)
     where d.state not in ('done', 'dead') or d.attempts <> i.attempt order by d.id for no key update of d),
   renewed as (
     update weaver.deliveries d set enqueue_after = now() + ${deliveryPatienceMs} * interval '1 ms'
     from open o where d.id = o.id and o.state = 'pending' and o.worker_id = $2 and not o.later)
   select id::text from open where state <> 'pending' or worker_id is distinct from $2 or later`,
)

/** A delivery as its carrier knows it. */
export type CarriedDelivery = Pick<PendingDelivery, 'id' | 'attempts'>

/** Keeps deliveries that this worker carries; answers those that it is to let go of: stopped, or somebody else's by now. */
export async function renewDeliveries(
  database: Database,
  workerId: string,
  carried: readonly CarriedDelivery[],
): Promise<ReadonlySet<string>> {
  if (carried.length === 0) return new Set()
  const values = [carried.map(({ id }) => id), workerId, carried.map(({ attempts }) => attempts)]
  return new Set((await database.rows<{ id: string }>(renew, values)).map(({ id }) => id))
}

/**
 * Begins an attempt for each delivery of these jobs that is still pending and that nobody carries, in one statement; answers by job. Who
 * carries one and does not look after it loses it to another; should both go on, ids and `seq` make the second one change nothing.
 */
export async function beginDeliveries(
  database: Database,
  workerId: string,
  jobs: readonly (readonly string[])[],
): Promise<readonly (readonly PendingDelivery[])[]> {
  const rows = await database.rows<PendingDelivery & Record<string, unknown>>(begin, [jobs.flat(), deliveryPatienceMs, workerId])
  if (jobs.length === 1) return [rows]
  const begun = new Map(rows.map((row) => [row.id, row]))
  return jobs.map((ids) => ids.flatMap((id) => begun.get(id) ?? []).toSorted((a, b) => a.seq - b.seq || a.position - b.position))
}

/** A record, or a whole result, that was refused. */
export interface Refusal {
  /** Index of the record; null: the whole result. */
  readonly record: number | null
  readonly error: RunError
}

export interface DeliveryEnd {
  readonly deliveryId: string
  /** Which attempt this was, from 1: who no longer carries a delivery cannot give it back, nor settle it while another carries it. */
  readonly attempt: number
  readonly state: 'done' | 'dead' | 'retry'
  readonly records: number
  readonly documents: number
  readonly refusals: readonly Refusal[]
  readonly error: RunError | null
  /** How long it took to read the records and to transform them, milliseconds. */
  readonly transformMs?: number
  /** For `retry`: when the next attempt may begin, milliseconds from now. */
  readonly retryAfterMs: number
}

// The last delivery of a fetched run ends it: "succeeded" means that every record is in every sink. A delivery that was settled before stays as it is
// and counts for nothing, and so does one that another attempt carries: were it over while somebody carries it, a stop would not wait for them. One that
// was told to stop is held, unless it had arrived already. One that was made again has no run: it changes the counts and the state of none. The locks
// come first, in the order that holds everywhere.
const settle = statement(
  'delivery_settle',
  `with input as materialized (
     select * from unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::int[], $6::jsonb[], $7::bigint[], $11::real[], $12::int[])
       as i(id, state, records, documents, dead_letters, error, retry_after, transform_ms, attempt)),
   locked as materialized (
     select d.id, d.run_id, d.state from weaver.deliveries d where d.id = any(array(select id from input)) order by d.id for no key update),
   runs as materialized (
     select r.id from weaver.runs r where r.id = any(array(select run_id from locked)) order by r.id for no key update),
   postponed as (
     update weaver.deliveries d set error = i.error, worker_id = null, state = case d.state when 'holding' then 'held' else d.state end,
       enqueue_after = now() + i.retry_after * interval '1 ms'
     from input i where d.id = i.id and i.state = 'retry' and d.attempts = i.attempt and d.state in ('pending', 'holding') and (select count(*) from runs) >= 0),
   settled as (
     update weaver.deliveries d set state = i.state, records = i.records, documents = i.documents, dead_letters = i.dead_letters, error = i.error,
       worker_id = null, finished_at = now(), transform_ms = i.transform_ms
     from input i where d.id = i.id and i.state <> 'retry' and (d.attempts = i.attempt or d.worker_id is null) and d.state not in ('done', 'dead') and (select count(*) from runs) >= 0
     returning d.id, d.tenant, d.stream_id, d.run_id, d.result_id, d.sink, d.position, d.records, d.documents, d.dead_letters),
   buried as (
     insert into weaver.dead_letters (tenant, stream_id, run_id, result_id, delivery_id, sink, position, record, error)
     select d.tenant, d.stream_id, coalesce(d.run_id, (select r.run_id from weaver.results r where r.id = d.result_id)), d.result_id, d.id, d.sink, d.position,
       i.record, i.error
     from unnest($8::bigint[], $9::int[], $10::jsonb[]) as i(delivery_id, record, error) join settled d on d.id = i.delivery_id
     on conflict on constraint dead_letters_record do nothing),
   sums as (
     select run_id, count(*)::int as deliveries, sum(records)::int as records, sum(documents)::int as documents, sum(dead_letters)::int as dead_letters
     from settled where run_id is not null group by run_id),
   counted as (
     update weaver.runs r set pending_deliveries = r.pending_deliveries - i.deliveries, records = r.records + i.records, documents = r.documents + i.documents,
       dead_letters = r.dead_letters + i.dead_letters,
       state = case
         when r.state = 'delivering' and r.pending_deliveries = i.deliveries then case when r.dead_letters + i.dead_letters > 0 then 'partial' else 'succeeded' end
         when r.state = 'succeeded' and i.dead_letters > 0 then 'partial'
         else r.state end,
       finished_at = case when r.state = 'delivering' and r.pending_deliveries = i.deliveries then now() else r.finished_at end
     from sums i where r.id = i.run_id)
   select ${unhurried}, case when exists (select from locked where state = 'holding') then pg_notify('weaver_stopped', '') end`,
)

/** Acknowledges deliveries in one statement: states, counts, dead letters, and the end of runs whose last delivery this was. */
export async function acknowledge(database: Database, ends: readonly DeliveryEnd[]): Promise<readonly void[]> {
  const refused = ends.flatMap(({ deliveryId, refusals }) => refusals.map((refusal) => ({ deliveryId, ...refusal })))
  await database.rows(settle, [
    ends.map(({ deliveryId }) => deliveryId),
    ends.map(({ state }) => state),
    ends.map(({ records }) => records),
    ends.map(({ documents }) => documents),
    ends.map(({ refusals }) => refusals.length),
    ends.map(({ error }) => (error === null ? null : toJsonb(error))),
    ends.map(({ retryAfterMs }) => Math.round(retryAfterMs)),
    refused.map(({ deliveryId }) => deliveryId),
    refused.map(({ record }) => record),
    refused.map(({ error }) => toJsonb(error)),
    ends.map(({ transformMs }) => transformMs ?? null),
    ends.map(({ attempt }) => attempt),
  ])
  return ends.map(() => undefined)
}
