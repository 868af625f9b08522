import type { RunError, WeaverError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'

/** How a worker's hold on a run ends. */
export interface FetchEnd {
  readonly runId: string
  readonly epoch: number
  /** `retry`: another attempt after `retryAfterMs`. */
  readonly outcome: 'fetched' | 'failed' | 'timedOut' | 'interrupted' | 'retry'
  readonly error: RunError | null
  readonly retryAfterMs: number
}

/** Lets a retry be enqueued by the worker first; the reconciler follows this much later, milliseconds. */
const enqueueGraceMs = 5000

// Pages that were committed still go to the sinks: a run is over only when they have arrived, whatever became of the fetch. A run that
// waits for its next attempt keeps its stream: the ticks in between are overlaps. The locks come first, in the order that holds
// everywhere; what is updated then is the newest version of each row.
const endStatement = statement(
  'finish_end',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::bigint[]) as i(id, epoch, outcome, error, retry_after)),
   streams as materialized (
     select s.id from weaver.streams s where s.id in (select r.stream_id from weaver.runs r join input i on i.id = r.id) order by s.id for no key update),
   locked as materialized (
     select r.id from weaver.runs r where r.id in (select id from input) and (select count(*) from streams) > 0 order by r.id for no key update of r),
   ended as (
     update weaver.runs r set
       state = case
         when r.state = 'stopping' then 'interrupted'
         when i.outcome = 'retry' then 'waiting'
         when i.outcome = 'fetched' and r.pending_deliveries > 0 then 'delivering'
         when i.outcome = 'fetched' and r.dead_letters > 0 then 'partial'
         when i.outcome = 'fetched' then 'succeeded'
         when i.outcome = 'failed' and r.pages > 0 then 'partial'
         else i.outcome end,
       error = coalesce(i.error, case when i.outcome = 'fetched' then null else r.error end),
       losses = 0, lease_until = null,
       fetched_at = case when i.outcome = 'fetched' then now() else r.fetched_at end,
       finished_at = case when r.state <> 'stopping' and (i.outcome = 'retry' or (i.outcome = 'fetched' and r.pending_deliveries > 0)) then null else now() end,
       enqueue_after = case when i.outcome = 'retry' then now() + (i.retry_after + ${enqueueGraceMs}) * interval '1 ms' end
     from input i
     where r.id = i.id and r.epoch = i.epoch and r.state in ('running', 'stopping') and (select count(*) from locked) > 0
     returning r.id, r.stream_id, r.state),
   freed as (
     update weaver.streams s set active_run_id = null from ended e where s.id = e.stream_id and s.active_run_id = e.id and e.state <> 'waiting')
   select id, state, case when state = 'interrupted' then pg_notify('weaver_stopped', '') end from ended`,
)

/** Ends workers' holds on runs, many in one statement. Answers the state each run is in now; undefined where it was not ours any more. */
export async function endRunFetches(database: Database, ends: readonly FetchEnd[]): Promise<readonly (string | undefined)[]> {
  const ids = ends.map(({ runId }) => runId)
  const rows = await database.rows<{ id: string; state: string }>(endStatement, [
    ids,
    ends.map(({ epoch }) => epoch),
    ends.map(({ outcome }) => outcome),
    ends.map(({ error }) => (error === null ? null : toJsonb(error))),
    ends.map(({ retryAfterMs }) => Math.round(retryAfterMs)),
  ])
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  return ids.map((id) => states.get(id))
}

/** A thrown error as the ledger keeps it: code, origin, message; no stack, no payload. */
export const toRunError = (error: WeaverError): RunError => ({
  code: error.code,
  origin: error.origin,
  message: error.message.slice(0, 2000),
  ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
})
