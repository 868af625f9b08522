import type { AutoPause, RunError, RunState, WeaverError } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'
import { nextQueued, streamAfterEnd } from './run-end.ts'

/** How a worker's hold on a run ends. */
export interface FetchEnd {
  readonly runId: string
  readonly epoch: number
  /** `retry`: another attempt after `retryAfterMs`. `wait`: the same attempt goes on after `retryAfterMs`. */
  readonly outcome: 'fetched' | 'failed' | 'timedOut' | 'interrupted' | 'retry' | 'wait'
  readonly error: RunError | null
  readonly retryAfterMs: number
  /** When failures pause the stream; null: never. */
  readonly autoPause: AutoPause | null
}

/** Where a run is now, and what to wake next. */
export interface FetchEnded {
  readonly state: RunState
  /** The next run of the stream in line. */
  readonly next: string | null
}

/** Lets a retry be enqueued by the worker first; the reconciler follows this much later, milliseconds. */
const enqueueGraceMs = 5000

/** A run that has waited for its source's rate limits for so long fails. */
const longestWait = '1 day'

// Pages that were committed still go to the sinks: a run is over only when they have arrived, whatever became of the fetch. A run that
// waits for its next attempt keeps its stream: the ticks in between are overlaps. Waiting for a rate limit or for another worker uses up no
// attempt. The locks come first, in the order that holds everywhere; what is updated then is the newest version of each row.
const endStatement = statement(
  'finish_end',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::bigint[], $6::int[], $7::bigint[]) as i(id, epoch, outcome, error, retry_after, pause_after, probe_ms)),
   streams as materialized (
     select s.id from weaver.streams s where s.id = any(array(select r.stream_id from weaver.runs r join input i on i.id = r.id)) order by s.id for no key update),
   locked as materialized (
     select r.id, r.stream_id, r.epoch, r.state, r.pages, r.pending_deliveries, r.dead_letters, r.created_at, r.draining from weaver.runs r
     where r.id = any(array(select id from input)) and (select count(*) from streams) > 0 order by r.id for no key update of r),
   judged as materialized (
     select i.*, l.stream_id, l.state = 'stopping' or (l.draining and i.outcome in ('retry', 'wait')) as stops,
       case when i.outcome = 'wait' and l.created_at < now() - interval '${longestWait}' then 'failed' else i.outcome end as verdict,
       case when i.outcome = 'wait' and l.created_at >= now() - interval '${longestWait}' then -1 else 0 end as uses
     from input i join locked l on l.id = i.id and l.epoch = i.epoch and l.state in ('running', 'stopping')),
   ended as (
     update weaver.runs r set
       state = case
         when j.stops then 'interrupted'
         when j.verdict in ('retry', 'wait') then 'waiting'
         when j.verdict = 'fetched' and r.pending_deliveries > 0 then 'delivering'
         when j.verdict = 'fetched' and r.dead_letters > 0 then 'partial'
         when j.verdict = 'fetched' then 'succeeded'
         when j.verdict = 'failed' and r.pages > 0 then 'partial'
         else j.verdict end,
       reason = case when not j.stops and j.verdict = 'wait' and j.error is not null then 'budget' else r.reason end,
       attempt = r.attempt + case when j.stops then 0 else j.uses end,
       error = coalesce(j.error, case when j.verdict = 'fetched' then null else r.error end),
       losses = 0, lease_until = null,
       fetched_at = case when j.verdict = 'fetched' then now() else r.fetched_at end,
       finished_at = case when not j.stops and (j.verdict in ('retry', 'wait') or (j.verdict = 'fetched' and r.pending_deliveries > 0)) then null else now() end,
       enqueue_after = case when not j.stops and j.verdict in ('retry', 'wait') then now() + (j.retry_after + ${enqueueGraceMs}) * interval '1 ms' end
     from judged j where r.id = j.id
     returning r.id, r.stream_id, r.state, r.canary, r.trigger, r.started_at, j.verdict as outcome, j.pause_after, j.probe_ms),
   ${streamAfterEnd('ended')}
   select e.id, e.state, ${nextQueued(`e.state <> 'waiting'`, 'e.stream_id')} as next,
     case when e.state = 'interrupted' then pg_notify('weaver_stopped', '') end from ended e`,
)

/** Ends workers' holds on runs, many in one statement. Undefined where a run was not ours any more. */
export async function endRunFetches(database: Database, ends: readonly FetchEnd[]): Promise<readonly (FetchEnded | undefined)[]> {
  const ids = ends.map(({ runId }) => runId)
  const rows = await database.rows<FetchEnded & { id: string }>(endStatement, [
    ids,
    ends.map(({ epoch }) => epoch),
    ends.map(({ outcome }) => outcome),
    ends.map(({ error }) => (error === null ? null : toJsonb(error))),
    ends.map(({ retryAfterMs }) => Math.round(retryAfterMs)),
    ends.map(({ autoPause }) => autoPause?.failures ?? null),
    ends.map(({ autoPause }) => autoPause?.probe ?? null),
  ])
  const ended = new Map(rows.map(({ id, state, next }) => [id, { state, next }]))
  return ids.map((id) => ended.get(id))
}

/** A thrown error as the ledger keeps it: code, origin, message; no stack, no payload. */
export const toRunError = (error: WeaverError): RunError => ({
  code: error.code,
  origin: error.origin,
  message: error.message.slice(0, 2000),
  ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
})
