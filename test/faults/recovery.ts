import { systemClock } from '@data-weaver/contracts'
import type pg from 'pg'
import { withDatabase } from './facts.ts'

interface Watched {
  readonly kind: 'run' | 'delivery'
  readonly id: string
  /** Epoch or attempts at the time of the fault: more of them mean that it goes on. */
  readonly mark: number
}

interface Case {
  readonly fault: string
  readonly since: number
  readonly open: Map<string, Watched>
  longest: number
  any: boolean
}

/** How often the ledger is looked at, milliseconds. */
const everyMs = 100

export interface RecoveryWatch extends AsyncDisposable {
  /** To be called when a worker was lost: notes what it held and what was begun, under the name of the fault. */
  lost(workerId: string, fault: string): Promise<void>
  /** How long it took until all that a lost worker had in hand went on, milliseconds, one number for each that held something. */
  samples(fault?: string): readonly number[]
  /** Faults after which something has not gone on yet. */
  open(): number
}

const held = `
  select 'run' as kind, id::text, epoch as mark from weaver.runs where worker_id = $1 and state in ('running', 'stopping')
  union all
  select 'delivery', id::text, attempts from weaver.deliveries where worker_id = $1 and state not in ('done', 'dead')`

const goesOn = `
  select 'run ' || r.id || '@' || i.mark as key from weaver.runs r join unnest($1::uuid[], $2::int[]) as i(id, mark) on r.id = i.id
  where r.epoch > i.mark or r.state not in ('running', 'stopping')
  union all
  select 'delivery ' || d.id || '@' || i.mark from weaver.deliveries d join unnest($3::bigint[], $4::int[]) as i(id, mark) on d.id = i.id
  where d.attempts > i.mark or d.state in ('done', 'dead')`

/**
 * Measures from the outside how soon work goes on: a run when it was claimed again or is over, a delivery when it was begun again or is
 * over.
 */
export function watchRecovery(databaseUrl: string): RecoveryWatch {
  const cases: Case[] = []
  const closing = new AbortController()

  const look = async (client: pg.Client): Promise<void> => {
    const watched = cases.flatMap(({ open }) => [...open.values()])
    if (watched.length === 0) return
    const of = (kind: Watched['kind']) => watched.filter((item) => item.kind === kind)
    const { rows } = await client.query<{ key: string }>(goesOn, [
      of('run').map(({ id }) => id),
      of('run').map(({ mark }) => mark),
      of('delivery').map(({ id }) => id),
      of('delivery').map(({ mark }) => mark),
    ])
    const done = new Set(rows.map(({ key }) => key))
    const now = systemClock.monotonic()
    for (const one of cases) {
      for (const key of one.open.keys()) {
        if (!done.has(key)) continue
        one.open.delete(key)
        one.longest = Math.max(one.longest, now - one.since)
      }
    }
  }
  const forever = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await withDatabase(databaseUrl, async (client) => {
        while (!closing.signal.aborted) {
          await look(client)
          await systemClock.sleep(everyMs, closing.signal).catch(() => {})
        }
      }).catch(() => {})
      if (!closing.signal.aborted) await systemClock.sleep(everyMs).catch(() => {})
    }
  }
  const ended = forever()
  return {
    async lost(workerId, fault) {
      const since = systemClock.monotonic()
      const rows = await withDatabase(
        databaseUrl,
        async (client) => (await client.query<Watched & pg.QueryResultRow>(held, [workerId])).rows,
      )
      const open = new Map(rows.map((row) => [`${row.kind} ${row.id}@${row.mark}`, row]))
      cases.push({ fault, since, open, longest: 0, any: open.size > 0 })
    },
    samples: (fault) =>
      cases.filter((one) => one.any && one.open.size === 0 && (fault === undefined || one.fault === fault)).map(({ longest }) => longest),
    open: () => cases.filter(({ open }) => open.size > 0).length,
    async [Symbol.asyncDispose]() {
      closing.abort()
      await ended
    },
  }
}
