import type { RunError, Schedule } from '@data-weaver/contracts'
import { type Database, statement, toJsonb } from './database.ts'

/** How often a run may lose its worker in a row before it fails. */
const maxLosses = 10
/** What was put into the queue again is left alone for this long, milliseconds. */
const enqueueAgainMs = 15_000

const dueRuns = statement(
  'reconcile_due_runs',
  `update weaver.runs r set enqueue_after = now() + ${enqueueAgainMs} * interval '1 ms'
   from weaver.streams s
   where s.id = r.stream_id and r.id in (
     select id from weaver.runs
     where (state in ('queued', 'waiting') and enqueue_after < now())
        or (state = 'running' and lease_until < now() and coalesce(enqueue_after, '-infinity') < now() and losses < ${maxLosses})
     order by id limit $1 for no key update skip locked)
   returning r.id, s.pool`,
)

// Lock order: the streams first. A run that was told to stop is over when its worker's lease is: nobody can commit for it any more.
const endLost = statement(
  'reconcile_end_lost',
  `with ended as (
     select r.id, r.stream_id, r.state from weaver.runs r
     where (r.state = 'stopping' and r.lease_until < now()) or (r.state = 'running' and r.lease_until < now() and r.losses >= ${maxLosses})
     order by r.id limit $1),
   streams as materialized (select s.id from weaver.streams s where s.id in (select stream_id from ended) order by s.id for no key update),
   free as (update weaver.streams s set active_run_id = null from ended e where s.id = e.stream_id and s.active_run_id = e.id and (select count(*) from streams) > 0 returning s.id),
   over as (
     update weaver.runs r set finished_at = now(), lease_until = null, enqueue_after = null,
       state = case r.state when 'stopping' then 'interrupted' else 'failed' end,
       error = case r.state when 'stopping' then r.error else $2::jsonb end
     from ended e where r.id = e.id and r.state = e.state and r.lease_until < now() and (select count(*) from streams) > 0
     returning r.id)
   select id from over`,
)

const notifyStopped = statement('reconcile_notify', `select pg_notify('weaver_stopped', '')`)

const dueDeliveries = statement(
  'reconcile_due_deliveries',
  `update weaver.deliveries d set enqueue_after = now() + ${enqueueAgainMs} * interval '1 ms'
   from weaver.streams s
   where s.id = d.stream_id and d.id in (
     select id from weaver.deliveries where state = 'pending' and enqueue_after < now() order by enqueue_after limit $1 for no key update skip locked)
   returning d.id::text, s.pool`,
)

const started = statement(
  'reconcile_started',
  `select s.id, s.pool, s.anchor, s.accounted_until, v.spec -> 'schedule' as schedule
   from weaver.streams s join weaver.stream_versions v on v.stream_id = s.id and v.version = s.version
   where s.desired = 'started' and s.deleted_at is null and s.id > $1 order by s.id limit $2`,
)

const ranTicks = statement(
  'reconcile_ran_ticks',
  `select r.stream_id, r.tick from weaver.runs r join unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as i(id, since, until)
   on r.stream_id = i.id and r.tick > i.since and r.tick <= i.until`,
)

const insertMissed = statement(
  'reconcile_insert_missed',
  `insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, ticks, state, reason, finished_at)
   select i.id, s.tenant, s.id, s.version, 'schedule', i.tick, i.ticks, 'missed', i.reason, now()
   from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::int[], $5::text[]) as i(id, stream_id, tick, ticks, reason)
   join weaver.streams s on s.id = i.stream_id
   on conflict on constraint runs_tick do nothing`,
)

const moveAccounted = statement(
  'reconcile_move_accounted',
  `update weaver.streams s set accounted_until = i.until from unnest($1::uuid[], $2::timestamptz[]) as i(id, until)
   where s.id = i.id and s.accounted_until < i.until`,
)

const workersUp = statement(
  'reconcile_workers_up',
  `select count(*)::int as up from weaver.workers where heartbeat_at > now() - interval '30 s'`,
)

const cleanUp = statement(
  'reconcile_clean_up',
  `with keys as (delete from weaver.idempotency_keys where created_at < now() - interval '24 h')
   delete from weaver.workers where heartbeat_at < now() - interval '24 h'`,
)

const pools = statement('reconcile_pools', `select distinct v.spec ->> 'pool' as pool from weaver.stream_versions v`)

const databaseNow = statement('reconcile_now', `select date_trunc('milliseconds', clock_timestamp()) as now`)

export interface StartedStream {
  readonly id: string
  readonly pool: string
  readonly schedule: Schedule
  /** Milliseconds since the Unix epoch, like all times here. */
  readonly anchor: number
  readonly accountedUntil: number
}

export interface MissedTicks {
  readonly runId: string
  readonly streamId: string
  /** The first of them. */
  readonly tick: number
  readonly count: number
  readonly reason: string
}

/** What the reconciler asks of the ledger. Every method is safe to repeat and to call from two supervisors at once. */
export class ReconcileStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Takes runs that should be in the queue: queued or waiting for too long, or running beyond their lease. */
  async takeDueRuns(limit: number): Promise<readonly { id: string; pool: string }[]> {
    return await this.#database.rows<{ id: string; pool: string }>(dueRuns, [limit])
  }

  /** Ends runs whose worker is gone and that must not go on: told to stop, or lost too often. */
  async endLostRuns(limit: number): Promise<number> {
    const error: RunError = { code: 'worker_lost', origin: 'system', message: `the run lost its worker ${maxLosses} times in a row` }
    const rows = await this.#database.rows(endLost, [limit, toJsonb(error)])
    if (rows.length > 0) await this.#database.rows(notifyStopped, [])
    return rows.length
  }

  async takeDueDeliveries(limit: number): Promise<readonly { id: string; pool: string }[]> {
    return await this.#database.rows<{ id: string; pool: string }>(dueDeliveries, [limit])
  }

  /** All pools that streams run in, or ran in until they were deleted. */
  async pools(): Promise<readonly string[]> {
    const rows = await this.#database.rows<{ pool: string }>(pools, [])
    return rows.map(({ pool }) => pool)
  }

  /** All started streams, in pages. */
  async *startedStreams(): AsyncGenerator<readonly StartedStream[]> {
    const limit = 1000
    let after = '00000000-0000-0000-0000-000000000000'
    while (true) {
      const rows = await this.#database.rows<{ id: string; pool: string; anchor: Date; accounted_until: Date; schedule: Schedule }>(
        started,
        [after, limit],
      )
      if (rows.length > 0) {
        yield rows.map((row) => ({
          id: row.id,
          pool: row.pool,
          schedule: row.schedule,
          anchor: row.anchor.getTime(),
          accountedUntil: row.accounted_until.getTime(),
        }))
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return
      after = last.id
    }
  }

  /** Nominal times in (`accountedUntil`, `until`] that have a run, by stream. */
  async ranTicks(streams: readonly StartedStream[], until: number): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const rows = await this.#database.rows<{ stream_id: string; tick: Date }>(ranTicks, [
      streams.map(({ id }) => id),
      streams.map(({ accountedUntil }) => new Date(accountedUntil)),
      streams.map(() => new Date(until)),
    ])
    const ran = new Map<string, Set<number>>()
    for (const { stream_id: id, tick } of rows) ran.set(id, (ran.get(id) ?? new Set()).add(tick.getTime()))
    return ran
  }

  /** Writes what was missed and how far all is accounted for. */
  async account(streams: readonly StartedStream[], until: number, missed: readonly MissedTicks[]): Promise<void> {
    await this.#database.transaction(async (session) => {
      if (missed.length > 0) {
        await session.rows(insertMissed, [
          missed.map(({ runId }) => runId),
          missed.map(({ streamId }) => streamId),
          missed.map(({ tick }) => new Date(tick)),
          missed.map(({ count }) => count),
          missed.map(({ reason }) => reason),
        ])
      }
      await session.rows(moveAccounted, [streams.map(({ id }) => id), streams.map(() => new Date(until))])
    })
  }

  async workersUp(): Promise<number> {
    const [row] = await this.#database.rows<{ up: number }>(workersUp, [])
    return row?.up ?? 0
  }

  /** Removes what has had its time: idempotency keys and lost workers older than a day. */
  async cleanUp(): Promise<void> {
    await this.#database.rows(cleanUp, [])
  }

  /** The database's clock, milliseconds since the Unix epoch. */
  async now(): Promise<number> {
    const [row] = await this.#database.rows<{ now: Date }>(databaseNow, [])
    return (row?.now ?? new Date(0)).getTime()
  }
}
