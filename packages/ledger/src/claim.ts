import type { Json, RunTrigger } from '@data-weaver/contracts'
import { tickAt } from '@data-weaver/schedule'
import { type Database, type Session, statement } from './database.ts'

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
  id: string
  tenant: string
  name: string
  adapter: string
  desired: string
  version: number
  secrets_version: number
  pool: string
  every: number | null
  anchor: Date
  cursor: Json | null
  active_run_id: string | null
}

interface RunRow {
  id: string
  stream_id: string
  state: string
  trigger: RunTrigger
  epoch: number
  attempt: number
  parts: number
  lease_over: boolean
}

interface TakenRow {
  id: string
  epoch: number
  attempt: number
  stream_version: number
}

// The stream's row is the lock for its runs: at most one fetches at a time, and a stop waits for a claim under way or is seen by it.
const lockStreams = statement(
  'claim_lock_streams',
  `select id, tenant, name, adapter, desired, version, secrets_version, pool, every, anchor, cursor, active_run_id
   from weaver.streams
   where deleted_at is null and id in (select unnest($1::uuid[]) union select stream_id from weaver.runs where id = any($2::uuid[]))
   order by id for no key update`,
)

const readRuns = statement(
  'claim_read_runs',
  `select id, stream_id, state, trigger, epoch, attempt, parts, coalesce(lease_until < now(), true) as lease_over
   from weaver.runs where id = any($1::uuid[]) order by id for no key update`,
)

const insertTicks = statement(
  'claim_insert_ticks',
  `insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, state, reason, epoch, attempt, worker_id, lease_until, started_at, finished_at)
   select i.id, i.tenant, i.stream_id, i.version, 'schedule', i.tick, i.state, i.reason,
     case i.state when 'running' then 1 else 0 end, case i.state when 'running' then 1 else 0 end,
     case i.state when 'running' then $8 end, case i.state when 'running' then now() + $9 * interval '1 ms' end,
     case i.state when 'running' then now() end, case i.state when 'running' then null else now() end
   from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[]) as i(id, tenant, stream_id, version, tick, state, reason)
   on conflict on constraint runs_tick do nothing
   returning id`,
)

const takeRuns = statement(
  'claim_take_runs',
  `update weaver.runs r set state = 'running', stream_version = coalesce(r.stream_version, i.version), epoch = r.epoch + 1, attempt = r.attempt + 1, worker_id = $3,
     losses = case when r.state = 'running' then r.losses + 1 else r.losses end,
     lease_until = now() + $4 * interval '1 ms', started_at = coalesce(r.started_at, now()), enqueue_after = null
   from unnest($1::uuid[], $2::int[]) as i(id, version)
   where r.id = i.id returning r.id, r.epoch, r.attempt, r.stream_version`,
)

const setActive = statement(
  'claim_set_active',
  `update weaver.streams s set active_run_id = i.run_id
   from unnest($1::uuid[], $2::uuid[]) as i(id, run_id) where s.id = i.id and s.active_run_id is distinct from i.run_id`,
)

interface Plan {
  readonly ticks: { request: Extract<ClaimRequest, { kind: 'tick' }>; stream: StreamRow; tick: Date; overlaps: boolean; index: number }[]
  readonly runs: { run: RunRow; stream: StreamRow; index: number }[]
}

/**
 * Claims for one worker. One transaction for the whole batch: the streams' rows are locked in order, ticks become runs (or are
 * recorded as skipped), queued and orphaned runs are taken over with a higher epoch, each with a lease by the database's clock.
 */
export async function claim(
  database: Database,
  workerId: string,
  leaseMs: number,
  requests: readonly ClaimRequest[],
): Promise<readonly Claim[]> {
  return database.transaction(async (session) => {
    const claims = requests.map((): Claim => ({ outcome: 'gone' }))
    const plan = await decide(session, requests, claims)
    const inserted = await insert(session, plan, workerId, leaseMs)
    const taken = await take(session, plan, workerId, leaseMs)
    const active: { streamId: string; runId: string }[] = []
    for (const { request, stream, overlaps, index } of plan.ticks) {
      if (!inserted.has(request.runId)) claims[index] = { outcome: 'duplicate' }
      else if (overlaps) claims[index] = { outcome: 'skipped' }
      else {
        claims[index] = claimed(stream, { id: request.runId, epoch: 1, attempt: 1, trigger: 'schedule', parts: 0, version: stream.version })
        active.push({ streamId: stream.id, runId: request.runId })
      }
    }
    for (const { run, stream, index } of plan.runs) {
      const now = taken.get(run.id)
      if (now === undefined) continue
      claims[index] = claimed(stream, {
        id: run.id,
        epoch: now.epoch,
        attempt: now.attempt,
        trigger: run.trigger,
        parts: run.parts,
        version: now.stream_version,
      })
      active.push({ streamId: stream.id, runId: run.id })
    }
    // A tick that was a duplicate must not keep its stream busy: only what was really claimed is written.
    if (active.length > 0) {
      await session.rows(setActive, [active.map(({ streamId }) => streamId), active.map(({ runId }) => runId)])
    }
    return claims
  })
}

const claimed = (stream: StreamRow, run: Pick<ClaimedRun, 'id' | 'epoch' | 'attempt' | 'trigger' | 'parts' | 'version'>): Claim => ({
  outcome: 'claimed',
  run: {
    ...run,
    cursor: stream.cursor,
    streamId: stream.id,
    tenant: stream.tenant,
    stream: stream.name,
    adapter: stream.adapter,
    pool: stream.pool,
    secretsVersion: stream.secrets_version,
  },
})

async function decide(session: Session, requests: readonly ClaimRequest[], claims: Claim[]): Promise<Plan> {
  const tickStreams = requests.flatMap((request) => (request.kind === 'tick' ? [request.streamId] : []))
  const runIds = requests.flatMap((request) => (request.kind === 'run' ? [request.runId] : []))
  const streams = new Map(
    (await session.rows<StreamRow & Record<string, unknown>>(lockStreams, [tickStreams, runIds])).map((row) => [row.id, row as StreamRow]),
  )
  const rows = runIds.length === 0 ? [] : await session.rows<RunRow & Record<string, unknown>>(readRuns, [runIds])
  const runs = new Map(rows.map((row) => [row.id, row as RunRow]))
  const plan: Plan = { ticks: [], runs: [] }
  const busy = new Map(
    [...streams.values()].flatMap((stream) => (stream.active_run_id === null ? [] : [[stream.id, stream.active_run_id]])),
  )
  for (const [index, request] of requests.entries()) {
    if (request.kind === 'run') {
      const run = runs.get(request.runId)
      const stream = run && streams.get(run.stream_id)
      if (run === undefined || stream === undefined) continue
      const claimable = run.state === 'queued' || run.state === 'waiting' || (run.state === 'running' && run.lease_over)
      if (!claimable) continue
      const holder = busy.get(stream.id)
      if (holder !== undefined && holder !== run.id) claims[index] = { outcome: 'busy' }
      else {
        busy.set(stream.id, run.id)
        plan.runs.push({ run, stream, index })
      }
      continue
    }
    const stream = streams.get(request.streamId)
    if (stream === undefined || stream.desired !== 'started' || request.at < stream.anchor.getTime()) continue
    const tick = new Date(tickAt(stream.every, stream.anchor.getTime(), request.at))
    const overlaps = busy.has(stream.id)
    if (!overlaps) busy.set(stream.id, request.runId)
    plan.ticks.push({ request, stream, tick, overlaps, index })
  }
  return plan
}

async function insert(session: Session, { ticks }: Plan, workerId: string, leaseMs: number): Promise<Set<string>> {
  if (ticks.length === 0) return new Set()
  const rows = await session.rows<{ id: string }>(insertTicks, [
    ticks.map(({ request }) => request.runId),
    ticks.map(({ stream }) => stream.tenant),
    ticks.map(({ stream }) => stream.id),
    ticks.map(({ stream }) => stream.version),
    ticks.map(({ tick }) => tick),
    ticks.map(({ overlaps }) => (overlaps ? 'skipped' : 'running')),
    ticks.map(({ overlaps }) => (overlaps ? 'overlap' : null)),
    workerId,
    leaseMs,
  ])
  return new Set(rows.map(({ id }) => id))
}

async function take(session: Session, { runs }: Plan, workerId: string, leaseMs: number): Promise<Map<string, TakenRow>> {
  if (runs.length === 0) return new Map()
  const rows = await session.rows<TakenRow & Record<string, unknown>>(takeRuns, [
    runs.map(({ run }) => run.id),
    runs.map(({ stream }) => stream.version),
    workerId,
    leaseMs,
  ])
  return new Map(rows.map((row) => [row.id, row]))
}
