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

// Pages that were committed still go to the sinks: a run is over only when they have arrived, whatever became of the fetch.
const endStatement = statement(
  'finish_end_fetches',
  `update weaver.runs r set
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
   from unnest($1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::bigint[]) as i(id, epoch, outcome, error, retry_after)
   where r.id = i.id and r.epoch = i.epoch and r.state in ('running', 'stopping')
   returning r.id, r.stream_id, r.state`,
)

const lockRuns = statement(
  'finish_lock_runs',
  `with streams as materialized (
     select s.id from weaver.streams s where s.id in (select stream_id from weaver.runs where id = any($1::uuid[])) order by s.id for no key update)
   select r.id from weaver.runs r where r.id = any($1::uuid[]) and (select count(*) from streams) > 0 order by r.id for no key update of r`,
)

const freeStreams = statement(
  'finish_free_streams',
  `update weaver.streams set active_run_id = null where id = any($1::uuid[]) and active_run_id = any($2::uuid[])`,
)

const notifyStopped = statement('finish_notify', `select pg_notify('weaver_stopped', '')`)

/** Ends workers' holds on runs, many in one transaction. Answers the state each run is in now; undefined where it was not ours any more. */
export async function endRunFetches(database: Database, ends: readonly FetchEnd[]): Promise<readonly (string | undefined)[]> {
  return database.transaction(async (session) => {
    const ids = ends.map(({ runId }) => runId)
    await session.rows(lockRuns, [ids])
    const rows = await session.rows<{ id: string; stream_id: string; state: string }>(endStatement, [
      ids,
      ends.map(({ epoch }) => epoch),
      ends.map(({ outcome }) => outcome),
      ends.map(({ error }) => (error === null ? null : toJsonb(error))),
      ends.map(({ retryAfterMs }) => Math.round(retryAfterMs)),
    ])
    // A run that waits for its next attempt keeps its stream: the ticks in between are overlaps.
    const over = rows.filter(({ state }) => state !== 'waiting')
    if (over.length > 0) await session.rows(freeStreams, [over.map(({ stream_id }) => stream_id), over.map(({ id }) => id)])
    if (over.some(({ state }) => state === 'interrupted')) await session.rows(notifyStopped, [])
    const states = new Map(rows.map(({ id, state }) => [id, state]))
    return ids.map((id) => states.get(id))
  })
}

/** A thrown error as the ledger keeps it: code, origin, message; no stack, no payload. */
export const toRunError = (error: WeaverError): RunError => ({
  code: error.code,
  origin: error.origin,
  message: error.message.slice(0, 2000),
  ...(error.upstreamCode === undefined ? {} : { upstreamCode: error.upstreamCode }),
})
