import { type Json, laneOf, type RunTrigger } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

/** What a worker wants to run: a tick that has come, or a run that is queued already. */
export type ClaimRequest =
  | { readonly kind: 'tick'; readonly streamId: string; readonly at: number; readonly runId: string; readonly canaryRunId: string }
  | { readonly kind: 'run'; readonly runId: string }

export interface ClaimedRun {
  readonly id: string
  readonly epoch: number
  readonly attempt: number
  readonly trigger: RunTrigger
  readonly parts: number
  readonly cursor: Json | null
  readonly streamId: string
  readonly tenant: string
  readonly stream: string
  readonly adapter: string
  /** Where its wake-ups go. */
  readonly lane: string
  readonly version: number
  readonly secretsVersion: number
  /** The version is on trial. */
  readonly canary: boolean
}

/**
 * `claimed`: run it. `skipped`: the tick is in the ledger as skipped, the stream was busy. `queued`: it waits for the run in progress.
 * `duplicate`: this tick ran, runs, or is accounted for already. `busy`: the stream fetches for another run, try later. `gone`:
 * stopped, deleted or finished; nothing to do.
 */
export type Claim =
  | { readonly outcome: 'claimed'; readonly run: ClaimedRun }
  | { readonly outcome: 'skipped' | 'queued' | 'duplicate' | 'busy' | 'gone' }

interface StreamRow {
  stream_id: string
  tenant: string
  name: string
  adapter: string
  pool: string
  secrets_version: number
  cursor: Json | null
}

interface TickRow extends StreamRow {
  index: number
  /** Null: another run has this tick. */
  state: 'running' | 'queued' | 'skipped' | null
  version: number
  canary: boolean
}

interface TakenRow extends StreamRow {
  index: number
  outcome: 'claimed' | 'busy'
  trigger: RunTrigger
  epoch: number
  attempt: number
  parts: number
  version: number
  canary: boolean
}

/** Ticks of one stream that may wait for the run before them, and runs of one stream at a time where overlap is allowed. */
const mostBuffered = 100
const mostParallel = 16

// The stream's row is the lock for its runs: at most one fetches at a time, and a stop waits for a claim under way or is seen by it. The
// nominal time is rounded down to the grid of the interval: a queue's clock may be some milliseconds off it. What is accounted for as
// missed is not run any more. A tick that comes while a run is in progress meets the fate that the stream's overlap says.
const claimTickStatement = statement(
  'claim_ticks',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[]) with ordinality as i(stream_id, at, run_id, canary_id, n)),
   locked as materialized (
     select s.id as stream_id, s.tenant, s.name, s.adapter, s.pool, s.version, s.secrets_version, s.cursor, s.every, s.anchor, s.active_run_id,
       s.overlap, s.ends_at, s.accounted_until, s.canary_version, s.canary_mode
     from weaver.streams s where s.deleted_at is null and s.desired = 'started' and s.id = any(array(select stream_id from input))
     order by s.id for no key update),
   due as materialized (
     select i.n, i.run_id, i.canary_id, l.*, g.tick,
       l.active_run_id is null and row_number() over (partition by i.stream_id order by i.n) = 1 as free
     from input i join locked l using (stream_id)
     cross join lateral (select case when l.every is null then i.at
       else l.anchor + floor(extract(epoch from i.at - l.anchor) * 1000 / l.every)::float8 * l.every * interval '1 ms' end as tick) g
     where i.at >= l.anchor and (l.ends_at is null or g.tick <= l.ends_at)),
   fated as materialized (
     select d.*, case
       when d.free then 'running'
       when d.overlap = 'allow' and (select count(*) from weaver.runs r where r.stream_id = d.stream_id and r.lease_until is not null) < ${mostParallel} then 'running'
       when d.overlap = 'buffer' and (select count(*) from weaver.runs r where r.stream_id = d.stream_id and r.enqueue_after is not null and r.trigger <> 'backfill') < ${mostBuffered} then 'queued'
       when d.overlap = 'interruptRunning' then 'queued'
       else 'skipped' end as fate
     from due d where d.tick > d.accounted_until),
   inserted as (
     insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, state, reason, epoch, attempt, worker_id, lease_until, started_at, finished_at,
       enqueue_after, canary)
     select run_id, tenant, stream_id, case fate when 'running' then coalesce(case canary_mode when 'instead' then canary_version end, version) end, 'schedule', tick, fate,
       case when fate <> 'skipped' then null when overlap = 'buffer' then 'bufferFull'
         else coalesce((select case when r.state = 'waiting' then r.reason end from weaver.runs r where r.id = active_run_id), 'overlap') end,
       case fate when 'running' then 1 else 0 end, case fate when 'running' then 1 else 0 end,
       case fate when 'running' then $5 end, case fate when 'running' then now() + $6 * interval '1 ms' end,
       case fate when 'running' then now() end, case fate when 'skipped' then now() end,
       case fate when 'queued' then now() + interval '2 s' end, fate = 'running' and coalesce(canary_mode = 'instead', false)
     from fated order by n
     on conflict on constraint runs_tick do nothing
     returning id, stream_id, state, canary),
   beside as (
     insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, state, enqueue_after, canary)
     select f.canary_id, f.tenant, f.stream_id, f.canary_version, 'canary', 'queued', now(), true
     from fated f join inserted i on i.id = f.run_id and i.state = 'running' where f.canary_mode = 'beside'),
   superseding as materialized (
     select i.id, i.stream_id, f.active_run_id from inserted i join fated f on f.run_id = i.id where i.state = 'queued' and f.overlap = 'interruptRunning'),
   superseded as (
     update weaver.runs r set state = 'skipped', reason = 'superseded', finished_at = now(), enqueue_after = null
     from superseding p where r.stream_id = p.stream_id and r.enqueue_after is not null and r.state = 'queued' and r.trigger = 'schedule' and r.id <> p.id),
   told as (
     update weaver.runs r set state = case r.state when 'running' then 'stopping' else 'interrupted' end, reason = 'overlap', enqueue_after = null,
       finished_at = case r.state when 'running' then null else now() end
     from superseding p where r.id = p.active_run_id and r.state in ('running', 'waiting')
     returning r.id, r.stream_id, r.state),
   active as (
     update weaver.streams s set active_run_id = i.id from inserted i where s.id = i.stream_id and i.state = 'running' and s.active_run_id is null),
   freed as (
     update weaver.streams s set active_run_id = null from told t where t.state = 'interrupted' and s.id = t.stream_id and s.active_run_id = t.id)
   select d.n::int - 1 as index, i.state, i.canary, d.stream_id, d.tenant, d.name, d.adapter, d.pool,
     case when i.canary then d.canary_version else d.version end as version, d.secrets_version, d.cursor,
     (select pg_notify('weaver_stop', t.stream_id::text) from told t where t.stream_id = d.stream_id and t.state = 'stopping') as told
   from due d left join inserted i on i.id = d.run_id`,
)

// A run can be taken when it is queued, waits, or runs beyond its lease; a higher epoch shuts out whoever held it before. A run that tries a
// version beside the current one, and a backfill, do not take the stream's lock; of a stream one backfill fetches at a time, from a checkpoint of its own. Only a retry by hand is queued with attempts behind it. Two jobs of one batch may wake the same run: only the first gets it.
const claimRunStatement = statement(
  'claim_runs',
  `with input as materialized (
     select * from unnest($1::uuid[]) with ordinality as i(run_id, n)),
   locked as materialized (
     select s.id as stream_id, s.tenant, s.name, s.adapter, s.pool, s.version, s.secrets_version, s.cursor, s.active_run_id, s.desired, s.overlap
     from weaver.streams s where s.deleted_at is null and s.id = any(array(select r.stream_id from weaver.runs r join input i on i.run_id = r.id))
     order by s.id for no key update),
   ready as materialized (
     select r.id, r.stream_id, r.trigger, r.state = 'queued' and r.attempt > 0 as retried,
       case when r.trigger in ('canary', 'backfill') then r.trigger end as beside from weaver.runs r
     where r.id = any(array(select run_id from input)) and (r.state in ('queued', 'waiting') or (r.state = 'running' and r.lease_until < now()))
       and (select count(*) from locked) > 0
     order by r.id for no key update),
   free as materialized (
     select distinct on (y.stream_id, y.beside) i.n, y.id, l.* from ready y join locked l using (stream_id) join input i on i.run_id = y.id
     where (l.active_run_id is null or l.active_run_id = y.id or y.beside is not null or l.overlap = 'allow')
       and (y.trigger <> 'backfill' or not exists (
         select from weaver.runs b where b.stream_id = y.stream_id and b.trigger = 'backfill' and b.id <> y.id and b.lease_until is not null))
       and (l.desired = 'started' or (l.desired = 'paused' and (y.trigger in ('manual', 'probe', 'backfill') or y.retried)))
     order by y.stream_id, y.beside, i.n),
   taken as (
     update weaver.runs r set state = 'running', reason = null, stream_version = coalesce(r.stream_version, f.version), epoch = r.epoch + 1, attempt = r.attempt + 1,
       worker_id = $2, losses = case when r.state = 'running' then r.losses + 1 else r.losses end,
       lease_until = now() + $3 * interval '1 ms', started_at = coalesce(r.started_at, now()), enqueue_after = null
     from free f where r.id = f.id
     returning r.id, r.stream_id, r.trigger, r.epoch, r.attempt, r.parts, r.stream_version, r.canary, r.backfill),
   active as (
     update weaver.streams s set active_run_id = t.id from taken t where s.id = t.stream_id and t.trigger not in ('canary', 'backfill') and s.active_run_id is null)
   select i.n::int - 1 as index, case when t.id is null then 'busy' else 'claimed' end as outcome, l.stream_id, l.tenant, l.name, l.adapter, l.pool,
     l.secrets_version, case t.trigger when 'backfill' then t.backfill -> 'checkpoint' else l.cursor end as cursor, t.trigger, t.epoch, t.attempt, t.parts, t.stream_version as version, t.canary
   from input i join ready y on y.id = i.run_id join locked l using (stream_id) left join free f on f.n = i.n left join taken t on t.id = f.id`,
)

/**
 * Claims for one worker, one statement for all ticks of the batch and one for all runs: ticks become runs (or are recorded as skipped),
 * queued and orphaned runs are taken over with a higher epoch, each with a lease by the database's clock.
 */
export async function claim(
  database: Database,
  workerId: string,
  leaseMs: number,
  requests: readonly ClaimRequest[],
): Promise<readonly Claim[]> {
  const claims = requests.map((): Claim => ({ outcome: 'gone' }))
  const ticks = requests.flatMap((request, index) => (request.kind === 'tick' ? [{ ...request, index }] : []))
  const runs = requests.flatMap((request, index) => (request.kind === 'run' ? [{ ...request, index }] : []))
  if (ticks.length > 0) {
    const rows = await database.rows<TickRow & Record<string, unknown>>(claimTickStatement, [
      ticks.map(({ streamId }) => streamId),
      ticks.map(({ at }) => new Date(at)),
      ticks.map(({ runId }) => runId),
      ticks.map(({ canaryRunId }) => canaryRunId),
      workerId,
      leaseMs,
    ])
    for (const row of rows) {
      const tick = ticks[row.index]
      if (tick !== undefined) claims[tick.index] = tickClaim(row, tick.runId)
    }
  }
  if (runs.length > 0) {
    const rows = await database.rows<TakenRow & Record<string, unknown>>(claimRunStatement, [
      runs.map(({ runId }) => runId),
      workerId,
      leaseMs,
    ])
    for (const row of rows) {
      const run = runs[row.index]
      if (run !== undefined) claims[run.index] = row.outcome === 'busy' ? { outcome: 'busy' } : claimed(row, { ...row, id: run.runId })
    }
  }
  return claims
}

function tickClaim(row: TickRow, id: string): Claim {
  if (row.state === null) return { outcome: 'duplicate' }
  if (row.state !== 'running') return { outcome: row.state }
  return claimed(row, { id, epoch: 1, attempt: 1, trigger: 'schedule', parts: 0, version: row.version, canary: row.canary })
}

const claimed = (
  stream: StreamRow,
  run: Pick<ClaimedRun, 'id' | 'epoch' | 'attempt' | 'trigger' | 'parts' | 'version' | 'canary'>,
): Claim => ({
  outcome: 'claimed',
  run: {
    id: run.id,
    epoch: run.epoch,
    attempt: run.attempt,
    trigger: run.trigger,
    parts: run.parts,
    version: run.version,
    canary: run.canary,
    cursor: stream.cursor,
    streamId: stream.stream_id,
    tenant: stream.tenant,
    stream: stream.name,
    adapter: stream.adapter,
    lane: laneOf(stream.pool, stream.tenant),
    secretsVersion: stream.secrets_version,
  },
})
