import { silentLog, systemClock } from '@data-weaver/contracts'
import { openQueue } from '@data-weaver/queue'
import { eventually } from '@data-weaver/testkit'
import type pg from 'pg'
import { withDatabase } from './facts.ts'
import type { Fleet } from './fleet.ts'

const openRuns = `state in ('queued', 'running', 'waiting', 'stopping', 'delivering')`

/** The ledger's time, milliseconds since the Unix epoch. */
export async function ledgerNow(databaseUrl: string): Promise<number> {
  return await one(databaseUrl, `select (extract(epoch from clock_timestamp()) * 1000)::float8 as answer`)
}

/** The number that a query answers in its column `answer`. */
export async function one(databaseUrl: string, text: string, values: unknown[] = []): Promise<number> {
  return await withDatabase(databaseUrl, async (client: pg.Client) => {
    const { rows } = await client.query<{ answer: number }>(text, values)
    return Number(rows[0]?.answer)
  })
}

/** Waits until everything that was begun before `mark` is over, and answers how long that took, milliseconds. */
export async function untilDrained(fleet: Fleet, mark: number, limitMs: number): Promise<number> {
  const begun = systemClock.monotonic()
  const open = `select count(*)::int as answer from weaver.runs where ${openRuns} and created_at <= to_timestamp($1::float8 / 1000)`
  await eventually(async () => (await one(fleet.databaseUrl, open, [mark])) === 0, {
    what: 'all runs from before the last fault to be over',
    timeoutMs: limitMs,
    intervalMs: 200,
  })
  return systemClock.monotonic() - begun
}

export interface StopOptions {
  readonly queueUrl: string
  readonly limitMs: number
  /** Wake-ups that a worker with a wrong clock put off by an hour may stay: when they come, what they were for is over. */
  readonly delayedMayStay: boolean
}

/** Stops all streams in good order and waits until nothing is under way, in the ledger and in the queue. */
export async function stopAll(fleet: Fleet, names: readonly string[], { queueUrl, limitMs, delayedMayStay }: StopOptions): Promise<void> {
  await Promise.all(names.map((name) => fleet.api().post(`/v1/streams/${name}/stop`, { mode: 'drain' })))
  const pending = `select (select count(*) from weaver.runs where ${openRuns}) + (select count(*) from weaver.deliveries where state not in ('done', 'dead')) as answer`
  await eventually(async () => (await one(fleet.databaseUrl, pending)) === 0, {
    what: 'nothing to be under way',
    timeoutMs: limitMs,
    intervalMs: 200,
  })
  const queue = openQueue(queueUrl, { clock: systemClock, log: silentLog, name: 'faults-oracle' })
  try {
    const busy = async () => {
      const counts = Object.values(await queue.counts(['default']))
      return counts.reduce((sum, { active = 0, waiting = 0, delayed = 0 }) => sum + active + waiting + (delayedMayStay ? 0 : delayed), 0)
    }
    await eventually(async () => (await busy()) === 0, { what: 'no job to be left in the queue', timeoutMs: limitMs, intervalMs: 200 })
  } finally {
    await queue.close()
  }
}
