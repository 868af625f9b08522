import { type Database, statement, unhurried } from './database.ts'

// Locked in order of id first, as everywhere: in any other order two statements over several runs could wait for each other.
const renew = statement(
  'lease_renew',
  `with held as materialized (
     select r.id from weaver.runs r join unnest($1::uuid[], $2::int[]) as i(id, epoch) on r.id = i.id and r.epoch = i.epoch
     where r.state in ('running', 'stopping') order by r.id for no key update of r)
   update weaver.runs r set lease_until = now() + $3 * interval '1 ms' from held h where r.id = h.id
   returning r.id, r.state, r.draining`,
)

const beat = statement(
  'lease_beat',
  `insert into weaver.workers (id, host, pid, version, pools, slots, draining, memory_bytes, redelivers, backfills, clock_difference_ms)
   values ($1, $2, $3, $4, $5, $6, $7, $8, true, true, $9 - extract(epoch from clock_timestamp()) * 1000)
   on conflict (id) do update set heartbeat_at = now(), draining = excluded.draining, pools = excluded.pools, slots = excluded.slots,
     memory_bytes = excluded.memory_bytes, redelivers = true, backfills = true, clock_difference_ms = excluded.clock_difference_ms
   returning clock_difference_ms, drain_wanted, drain_ms, ${unhurried}`,
)

const leave = statement('lease_leave', `delete from weaver.workers where id = $1`)

const announce = statement('lease_announce', `select pg_notify('weaver_worker_available', $1)`)

export interface WorkerRegistration {
  readonly id: string
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly pools: readonly string[]
  /** Runs it executes at once. */
  readonly slots: number
  readonly draining: boolean
  /** Resident memory. */
  readonly memoryBytes: number
  /** Its wall clock, milliseconds since the Unix epoch. */
  readonly clockNow: number
}

/** What a worker learns with its heartbeat. */
export interface Heartbeat {
  readonly leases: readonly LeaseState[]
  /** Its clock minus the database's, milliseconds; the round trip is part of it. */
  readonly clockDifferenceMs: number
  /** It is to drain, and how long what it runs may take to end; null: it is not. */
  readonly drainMs: number | null
}

export interface HeldRun {
  readonly runId: string
  readonly epoch: number
}

/**
 * What a renewal says of a held run: go on, come to a good end soon, stop (its stream was stopped or it was interrupted), or it belongs
 * to somebody else.
 */
export type LeaseState = 'held' | 'draining' | 'stopping' | 'lost'

/** Registers the worker or renews its heartbeat, and renews the leases of the runs it holds; answers in the order of `held`. */
export async function renewLeases(
  database: Database,
  worker: WorkerRegistration,
  held: readonly HeldRun[],
  leaseMs: number,
): Promise<Heartbeat> {
  const [beaten] = await database.rows<{ clock_difference_ms: number; drain_wanted: boolean; drain_ms: number | null }>(beat, [
    worker.id,
    worker.host,
    worker.pid,
    worker.version,
    worker.pools,
    worker.slots,
    worker.draining,
    worker.memoryBytes,
    worker.clockNow,
  ])
  const rows =
    held.length === 0
      ? []
      : await database.rows<{ id: string; state: string; draining: boolean }>(renew, [
          held.map(({ runId }) => runId),
          held.map(({ epoch }) => epoch),
          leaseMs,
        ])
  const states = new Map(
    rows.map(({ id, state, draining }) => [id, state === 'stopping' ? 'stopping' : draining ? 'draining' : 'held'] as const),
  )
  return {
    leases: held.map(({ runId }) => states.get(runId) ?? 'lost'),
    clockDifferenceMs: beaten?.clock_difference_ms ?? 0,
    drainMs: beaten?.drain_wanted === true ? (beaten.drain_ms ?? 0) : null,
  }
}

/** Takes the worker off the list; its runs, if any are left, are freed when their leases end. */
export const leaveWorkers = async (database: Database, workerId: string): Promise<void> => {
  await database.rows(leave, [workerId])
}

/** Says that the worker is up and has nothing to run. The supervisor answers by giving it what should be running. */
export const announceAvailable = async (database: Database, message: object): Promise<void> => {
  await database.rows(announce, [JSON.stringify(message)])
}
