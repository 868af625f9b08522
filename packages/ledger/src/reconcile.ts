import { type CatchUp, type DesiredState, laneOf, type RunError, type Schedule, type TickReason } from '@data-weaver/contracts'
import { jitterOf } from '@data-weaver/schedule'
import { freshDeliveryMs } from './commit.ts'
import { type Database, type Session, statement, toJsonb } from './database.ts'
import { deliveryPatienceMs, deliveryProofMs } from './delivery.ts'
import { planTicks, readRanTicks, type TickingStream, writePlans } from './ticks.ts'
import { isUp } from './worker-liveness.ts'

/** How often a run may lose its worker in a row before it fails. */
const maxLosses = 10
/** What was put into the queue again is left alone for this long, milliseconds. */
const runAgainMs = 10_000
const deliveryAgainMs = 8000
/** A write that a worker was still allowed to begin has arrived after so long, milliseconds. */
const arrivalMs = 500
/** A worker that was lost longer ago has nothing in its hands any more, milliseconds. */
const mournedMs = 60_000

const dueRuns = statement(
  'reconcile_due_runs',
  `with waiting as materialized (
     select r.id from weaver.runs r join weaver.streams s on s.id = r.stream_id
     where r.enqueue_after < now() and r.state in ('queued', 'waiting') and (s.desired = 'started' or r.trigger in ('manual', 'probe') or (s.desired = 'paused' and (r.trigger = 'backfill' or (r.state = 'queued' and r.attempt > 0))))
     order by r.enqueue_after limit $1 for no key update of r skip locked),
   orphaned as materialized (
     select r.id from weaver.runs r where r.lease_until < now() and r.state = 'running' and coalesce(r.enqueue_after, '-infinity') < now() and r.losses < ${maxLosses}
     order by r.lease_until limit $1 for no key update skip locked)
   update weaver.runs r set enqueue_after = now() + ${runAgainMs} * interval '1 ms'
   from weaver.streams s
   where s.id = r.stream_id and r.id = any(array(select id from waiting union all select id from orphaned))
   returning r.id, s.pool, s.tenant`,
)

// Lock order: the streams first. A run that was told to stop is over when its worker's lease is: nobody can commit for it any more.
const endLost = statement(
  'reconcile_end_lost',
  `with ended as (
     select r.id, r.stream_id, r.state from weaver.runs r
     where r.lease_until < now() and (r.state = 'stopping' or (r.state = 'running' and r.losses >= ${maxLosses}))
     order by r.id limit $1),
   streams as materialized (select s.id from weaver.streams s where s.id = any(array(select stream_id from ended)) order by s.id for no key update),
   free as (update weaver.streams s set active_run_id = null from ended e where s.id = e.stream_id and s.active_run_id = e.id and (select count(*) from streams) > 0 returning s.id),
   over as (
     update weaver.runs r set finished_at = now(), lease_until = null, enqueue_after = null,
       state = case r.state when 'stopping' then 'interrupted' else 'failed' end,
       error = case r.state when 'stopping' then r.error else $2::jsonb end
     from ended e where r.id = e.id and r.state = e.state and r.lease_until < now() and (select count(*) from streams) > 0
     returning r.id)
   select id from over`,
)

// A delivery that was told to stop is held once its worker is gone, or has let go of it without saying so (the answer to its commit, or its
// acknowledgement, got lost): whoever carries one for long renews it, and one that cannot renew lets go by itself.
const holdLost = statement(
  'reconcile_hold_lost',
  `update weaver.deliveries d set state = 'held', worker_id = null
   where d.state = 'holding' and (
     not exists (select from weaver.workers w where w.id = d.worker_id and w.heartbeat_at > now() - $1 * interval '1 ms')
     or d.enqueue_after < now() - greatest(0, $1 - ${deliveryPatienceMs}) * interval '1 ms')
   returning d.id`,
)

const notifyStopped = statement('reconcile_notify', `select pg_notify('weaver_stopped', '')`)

const dueDeliveries = statement(
  'reconcile_due_deliveries',
  `update weaver.deliveries d set enqueue_after = now() + ${deliveryAgainMs} * interval '1 ms', worker_id = null
   from weaver.streams s
   where s.id = d.stream_id and d.id in (
     select id from weaver.deliveries where state = 'pending' and enqueue_after < now() order by enqueue_after limit $1 for no key update skip locked)
   returning d.id::text, s.pool, s.tenant`,
)

// What a worker that is lost had in its hands: deliveries that it carried, and wake-ups that may have reached it and nobody else. One that sleeps and
// wakes up writes nothing that it began long ago; what it began since is left to it. What waits to be tried again later, after an error, is in nobody's
// hand.
const hurryLost = statement(
  'reconcile_hurry_lost',
  `with lost as materialized (
     select id from weaver.workers where heartbeat_at < now() - $1 * interval '1 ms' and heartbeat_at > now() - ($1 + ${mournedMs}) * interval '1 ms'),
   fresh as materialized (select id from lost where id <> all($2::text[])),
   deliveries as (
     update weaver.deliveries set enqueue_after = now() where id = any(array(
       select d.id from weaver.deliveries d
       where d.state = 'pending' and d.enqueue_after > now() and exists (select from lost)
         and ((d.worker_id in (select id from lost) and d.enqueue_after <= now() + $4 * interval '1 ms') or (exists (select from fresh) and d.worker_id is null and d.error is null and d.enqueue_after <= now() + ${deliveryAgainMs} * interval '1 ms'))
       order by d.id limit $3 for no key update skip locked))),
   runs as (
     update weaver.runs set enqueue_after = now() where id = any(array(
       select r.id from weaver.runs r
       where r.enqueue_after > now() and r.enqueue_after <= now() + ${runAgainMs} * interval '1 ms' and exists (select from fresh)
         and (r.state = 'queued' or (r.state = 'running' and r.lease_until < now()))
       order by r.id limit $3 for no key update skip locked)))
   select id from lost`,
)

const ticking = statement(
  'reconcile_ticking',
  `select s.id, s.tenant, s.pool, s.desired, s.ordinal, s.anchor, s.accounted_until, s.recovered_at, s.open_stretch, o.reason as open_reason, v.spec -> 'schedule' as schedule,
     v.spec -> 'catchUp' as catch_up
   from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version left join weaver.runs o on o.id = s.open_stretch
   where s.desired in ('started', 'paused') and s.deleted_at is null and s.id > $1 order by s.id limit $2`,
)

const lockStreams = statement(
  'reconcile_lock',
  `select s.id, s.desired, s.accounted_until from weaver.streams s where s.id = any($1::uuid[]) order by s.id for no key update`,
)

const workersUp = statement('reconcile_workers_up', `select distinct p as pool from weaver.workers w, unnest(w.pools) p where ${isUp('w')}`)

/** A continuous stream without a run, which does not rest after a failed one. */
const idle = `s.continuous and s.desired = 'started' and s.deleted_at is null and s.active_run_id is null and coalesce(s.resume_at, '-infinity') < now()
       and not exists (select from weaver.runs r where r.stream_id = s.id and r.enqueue_after is not null and r.trigger <> 'backfill')`

const idleStreams = statement('reconcile_idle', `select s.id from weaver.streams s where ${idle} order by s.id limit $1`)

// A continuous stream always has a run; after a failed one it rests. Its row is locked by then: of two who give it a run the second one sees that of the first.
const continueStreams = statement(
  'reconcile_continue',
  `with numbered as (select s.id, s.tenant, row_number() over () as n from weaver.streams s where s.id = any($2::uuid[]) and ${idle})
   insert into weaver.runs (id, tenant, stream_id, trigger, state, enqueue_after)
   select i.id, d.tenant, d.id, 'schedule', 'queued', now() from numbered d join unnest($1::uuid[]) with ordinality as i(id, n) using (n)
   returning id`,
)

const probeStreams = statement(
  'reconcile_probe',
  `with due as materialized (
     select s.id, s.tenant from weaver.streams s
     where s.desired = 'paused' and s.paused_by = 'failures' and s.probe_at < now() and s.deleted_at is null and s.active_run_id is null
     order by s.id limit $2 for no key update skip locked),
   numbered as (select d.*, row_number() over () as n from due d),
   later as (update weaver.streams s set probe_at = now() + interval '10 min' from due d where s.id = d.id)
   insert into weaver.runs (id, tenant, stream_id, trigger, state, enqueue_after)
   select i.id, d.tenant, d.id, 'probe', 'queued', now() from numbered d join unnest($1::uuid[]) with ordinality as i(id, n) using (n)
   returning id`,
)

const cleanUp = statement(
  'reconcile_clean_up',
  `with keys as (delete from weaver.idempotency_keys where created_at < now() - interval '24 h'),
   log as (delete from weaver.run_log where at < now() - interval '7 days'),
   operations as (delete from weaver.operations where finished_at < now() - interval '7 days')
   delete from weaver.workers where heartbeat_at < now() - interval '24 h'`,
)

const lanes = statement(
  'reconcile_lanes',
  `select distinct tenant, pool from weaver.streams where deleted_at is null or deleted_at > now() - interval '1 day'`,
)

const databaseNow = statement('reconcile_now', `select date_trunc('milliseconds', clock_timestamp()) as now`)

/** A started or paused stream, as scheduling and accounting see it. */
export interface ScheduledStream extends TickingStream {
  /** Where its wake-ups go. */
  readonly lane: string
  readonly pool: string
  /** When it last went on by itself after failures had paused it, milliseconds since the Unix epoch; null: never. */
  readonly recoveredAt: number | null
}

/** Something to be woken, and where. */
export interface DueItem {
  readonly id: string
  readonly lane: string
}

interface TickingRow extends Record<string, unknown> {
  id: string
  tenant: string
  pool: string
  desired: DesiredState
  ordinal: number
  anchor: Date
  accounted_until: Date
  recovered_at: Date | null
  open_stretch: string | null
  open_reason: TickReason | null
  schedule: Schedule
  catch_up: CatchUp | null
}

type LaneRow = { id: string; pool: string; tenant: string }
const toDue = ({ id, pool, tenant }: LaneRow): DueItem => ({ id, lane: laneOf(pool, tenant) })

/** What the reconciler asks of the ledger. Every method is safe to repeat and to call from two supervisors at once. */
export class ReconcileStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Takes runs that should be in the queue: queued or waiting for too long, or running beyond their lease. */
  async takeDueRuns(limit: number): Promise<readonly DueItem[]> {
    return (await this.#database.rows<LaneRow>(dueRuns, [limit])).map(toDue)
  }

  async takeDueDeliveries(limit: number): Promise<readonly DueItem[]> {
    return (await this.#database.rows<LaneRow>(dueDeliveries, [limit])).map(toDue)
  }

  /** Ends runs whose worker is gone and that must not go on (told to stop, or lost too often), and holds deliveries likewise. */
  async endLost(limit: number, leaseMs: number): Promise<number> {
    const error: RunError = { code: 'worker_lost', origin: 'system', message: `the run lost its worker ${maxLosses} times in a row` }
    const runs = await this.#database.rows(endLost, [limit, toJsonb(error)])
    const deliveries = await this.#database.rows(holdLost, [leaseMs])
    const ended = runs.length + deliveries.length
    if (ended > 0) await this.#database.rows(notifyStopped, [])
    return ended
  }

  /**
   * Makes due at once what workers had in their hands that have not been heard of for `leaseMs`: by then they write nothing any more. Wake-ups that may
   * have been lost with a worker are repeated once, unless it is `known`. Answers the workers that were lost lately, which are known from now on.
   */
  async hurryLost(limit: number, leaseMs: number, known: readonly string[]): Promise<readonly string[]> {
    const begunBeforeMs = freshDeliveryMs - Math.min(leaseMs, deliveryProofMs) - arrivalMs
    return (await this.#database.rows<{ id: string }>(hurryLost, [leaseMs + arrivalMs, known, limit, begunBeforeMs])).map(({ id }) => id)
  }

  /** Gives a run to every continuous stream that has none. `ids`: new ids, one for each at most. */
  async continueStreams(ids: readonly string[]): Promise<number> {
    const idleIds = (await this.#database.rows<{ id: string }>(idleStreams, [ids.length])).map(({ id }) => id)
    if (idleIds.length === 0) return 0
    return await this.#database.transaction(async (session) => {
      await session.rows(lockStreams, [idleIds])
      return (await session.rows(continueStreams, [ids, idleIds])).length
    })
  }

  /** Queues a probe for streams that failures paused and whose time has come. */
  async probeStreams(ids: readonly string[]): Promise<number> {
    return (await this.#database.rows(probeStreams, [ids, ids.length])).length
  }

  /** Where wake-ups go, or went until a stream was deleted. */
  async lanes(): Promise<readonly string[]> {
    const rows = await this.#database.rows<{ pool: string; tenant: string }>(lanes, [])
    return rows.map(({ pool, tenant }) => laneOf(pool, tenant))
  }

  /** All started and paused streams, in pages. */
  async *tickingStreams(): AsyncGenerator<readonly ScheduledStream[]> {
    const limit = 1000
    let after = '00000000-0000-0000-0000-000000000000'
    while (true) {
      const rows = await this.#database.rows<TickingRow>(ticking, [after, limit])
      if (rows.length > 0) yield rows.map(toScheduled)
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return
      after = last.id
    }
  }

  /**
   * Accounts for all ticks until `until`: what has no run is written down, or run after all. Answers how many ticks were missed and how
   * many are run after all.
   */
  async account(
    streams: readonly ScheduledStream[],
    { now, until, reason }: { readonly now: number; readonly until: number; readonly reason: (stream: ScheduledStream) => TickReason },
  ): Promise<{ readonly missed: number; readonly caughtUp: number }> {
    const plan = async (session: Session, some: readonly ScheduledStream[]) => {
      const ran = await readRanTicks(session, some, until)
      return some.map((stream) => planTicks(stream, now, until, ran.get(stream.id) ?? [], reason(stream)))
    }
    const first = await plan(this.#database, streams)
    const complete = first.filter(({ stretches, toRun }) => stretches.length === 0 && toRun.length === 0)
    if (complete.length > 0) await writePlans(this.#database, complete)
    const missing = new Set(first.filter((each) => !complete.includes(each)).map(({ streamId }) => streamId))
    if (missing.size === 0) return { missed: 0, caughtUp: 0 }
    // A tick may be claimed while we look: under the streams' locks we look again.
    return await this.#database.transaction(async (session) => {
      const rows = await session.rows<{ id: string; desired: DesiredState; accounted_until: Date }>(lockStreams, [[...missing]])
      const locked = new Map(rows.map((row) => [row.id, row]))
      const unchanged = streams.filter((stream) => {
        const row = locked.get(stream.id)
        return row !== undefined && row.desired === stream.desired && row.accounted_until.getTime() === stream.accountedUntil
      })
      const plans = await plan(session, unchanged)
      await writePlans(session, plans)
      return {
        missed: plans.reduce((sum, { stretches }) => sum + stretches.reduce((ticks, { count }) => ticks + count, 0), 0),
        caughtUp: plans.reduce((sum, { toRun }) => sum + toRun.length, 0),
      }
    })
  }

  /** Pools that have a worker. */
  async poolsServed(): Promise<ReadonlySet<string>> {
    return new Set((await this.#database.rows<{ pool: string }>(workersUp, [])).map(({ pool }) => pool))
  }

  /** Removes what has had its time: idempotency keys and lost workers older than a day, operations and what was said of runs older than a week. */
  async cleanUp(): Promise<void> {
    await this.#database.rows(cleanUp, [])
  }

  /** The database's clock, milliseconds since the Unix epoch. */
  async now(): Promise<number> {
    const [row] = await this.#database.rows<{ now: Date }>(databaseNow, [])
    return (row?.now ?? new Date(0)).getTime()
  }
}

const toScheduled = (row: TickingRow): ScheduledStream => ({
  id: row.id,
  lane: laneOf(row.pool, row.tenant),
  pool: row.pool,
  desired: row.desired,
  jitterMs: jitterOf(row.schedule, row.ordinal),
  schedule: row.schedule,
  catchUp: row.catch_up,
  anchor: row.anchor.getTime(),
  accountedUntil: row.accounted_until.getTime(),
  recoveredAt: row.recovered_at?.getTime() ?? null,
  openStretch: row.open_stretch === null || row.open_reason === null ? null : { id: row.open_stretch, reason: row.open_reason },
})
