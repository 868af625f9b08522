import type { Json, RunTrigger } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

/** What a worker wants to run: a tick that has come, or a run that is queued already. */
export type ClaimRequest =
  | { readonly kind: 'tick'; readonly streamId: string; readonly at: number; readonly runId: string }
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
  readonly pool: string
  readonly version: number
  readonly secretsVersion: number
}

/**
 * `claimed`: run it. `skipped`: the tick is in the ledger as skipped, the stream was busy. `duplicate`: this tick ran, or runs,
 * already. `busy`: the stream fetches for another run, try later. `gone`: stopped, deleted or finished; nothing to do.
 */
export type Claim =
  | { readonly outcome: 'claimed'; readonly run: ClaimedRun }
  | { readonly outcome: 'skipped' | 'duplicate' | 'busy' | 'gone' }

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
  state: 'running' | 'skipped' | null
  version: number
}

interface TakenRow extends StreamRow {
  index: number
  outcome: 'claimed' | 'busy'
  trigger: RunTrigger
  epoch: number
  attempt: number
  parts: number
  version: number
}

// The stream's row is the lock for its runs: at most one fetches at a time, and a stop waits for a claim under way or is seen by it. The
// nominal time is rounded down to the grid of the interval: a queue's clock may be some milliseconds off it.
const claimTickStatement = statement(
  'claim_ticks',
  `with input as materialized (
     select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) with ordinality as i(stream_id, at, run_id, n)),
   locked as materialized (
     select s.id as stream_id, s.tenant, s.name, s.adapter, s.pool, s.version, s.secrets_version, s.cursor, s.every, s.anchor, s.active_run_id
     from weaver.streams s where s.deleted_at is null and s.desired = 'started' and s.id in (select stream_id from input)
     order by s.id for no key update),
   due as materialized (
     select i.n, i.run_id, l.*,
       case when l.every is null then i.at
         else l.anchor + floor(extract(epoch from i.at - l.anchor) * 1000 / l.every)::float8 * l.every * interval '1 ms' end as tick,
       case when l.active_run_id is not null or row_number() over (partition by i.stream_id order by i.n) > 1 then 'skipped' else 'running' end as fate
     from input i join locked l using (stream_id) where i.at >= l.anchor),
   inserted as (
     insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, state, reason, epoch, attempt, worker_id, lease_until, started_at, finished_at)
     select run_id, tenant, stream_id, version, 'schedule', tick, fate, case fate when 'skipped' then 'overlap' end,
       case fate when 'running' then 1 else 0 end, case fate when 'running' then 1 else 0 end,
       case fate when 'running' then $4 end, case fate when 'running' then now() + $5 * interval '1 ms' end,
       case fate when 'running' then now() end, case fate when 'skipped' then now() end
     from due order by n
     on conflict on constraint runs_tick do nothing
     returning id, stream_id, state),
   active as (
     update weaver.streams s set active_run_id = i.id from inserted i where s.id = i.stream_id and i.state = 'running')
   select d.n::int - 1 as index, i.state, d.stream_id, d.tenant, d.name, d.adapter, d.pool, d.version, d.secrets_version, d.cursor
   from due d left join inserted i on i.id = d.run_id`,
)

// A run can be taken when it is queued, waits, or runs beyond its lease; a higher epoch shuts out whoever held it before.
const claimRunStatement = statement(
  'claim_runs',
  `with input as materialized (
     select * from unnest($1::uuid[]) with ordinality as i(run_id, n)),
   locked as materialized (
     select s.id as stream_id, s.tenant, s.name, s.adapter, s.pool, s.version, s.secrets_version, s.cursor, s.active_run_id
     from weaver.streams s where s.deleted_at is null and s.id in (select r.stream_id from weaver.runs r join input i on i.run_id = r.id)
     order by s.id for no key update),
   ready as materialized (
     select r.id, r.stream_id from weaver.runs r
     where r.id in (select run_id from input) and (r.state in ('queued', 'waiting') or (r.state = 'running' and r.lease_until < now()))
       and (select count(*) from locked) > 0
     order by r.id for no key update),
   free as materialized (
     select distinct on (y.stream_id) i.n, y.id, l.* from ready y join locked l using (stream_id) join input i on i.run_id = y.id
     where l.active_run_id is null or l.active_run_id = y.id order by y.stream_id, i.n),
   taken as (
     update weaver.runs r set state = 'running', stream_version = coalesce(r.stream_version, f.version), epoch = r.epoch + 1, attempt = r.attempt + 1,
       worker_id = $2, losses = case when r.state = 'running' then r.losses + 1 else r.losses end,
       lease_until = now() + $3 * interval '1 ms', started_at = coalesce(r.started_at, now()), enqueue_after = null
     from free f where r.id = f.id
     returning r.id, r.stream_id, r.trigger, r.epoch, r.attempt, r.parts, r.stream_version),
   active as (
     update weaver.streams s set active_run_id = t.id from taken t where s.id = t.stream_id and s.active_run_id is distinct from t.id)
   select i.n::int - 1 as index, case when t.id is null then 'busy' else 'claimed' end as outcome, l.stream_id, l.tenant, l.name, l.adapter, l.pool,
     l.secrets_version, l.cursor, t.trigger, t.epoch, t.attempt, t.parts, t.stream_version as version
   from input i join ready y on y.id = i.run_id join locked l using (stream_id) left join taken t on t.id = i.run_id`,
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
  if (row.state === 'skipped') return { outcome: 'skipped' }
  return claimed(row, { id, epoch: 1, attempt: 1, trigger: 'schedule', parts: 0, version: row.version })
}

const claimed = (stream: StreamRow, run: Pick<ClaimedRun, 'id' | 'epoch' | 'attempt' | 'trigger' | 'parts' | 'version'>): Claim => ({
  outcome: 'claimed',
  run: {
    id: run.id,
    epoch: run.epoch,
    attempt: run.attempt,
    trigger: run.trigger,
    parts: run.parts,
    version: run.version,
    cursor: stream.cursor,
    streamId: stream.stream_id,
    tenant: stream.tenant,
    stream: stream.name,
    adapter: stream.adapter,
    pool: stream.pool,
    secretsVersion: stream.secrets_version,
  },
})
