import { silentLog, systemClock } from '@data-weaver/contracts'
import { createDatabase, eventually, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LearnedBudget } from './budget-learn.ts'
import { learnBudgets } from './budget-learn.ts'
import { leastGraceMs } from './budget-state.ts'
import type { BudgetAnswer, BudgetTake } from './budget-take.ts'
import { BudgetStore, type BudgetUse } from './budgets.ts'
import { type Database, openDatabase } from './database.ts'
import { listen, migrate } from './index.ts'

let database: TestDatabase
let connections: Database[]
let stores: BudgetStore[]
let budgets: BudgetStore
let client: pg.Client

beforeAll(async () => {
  database = await createDatabase({ key: 'ledger', prepare: migrate })
  connections = Array.from({ length: 4 }, () => openDatabase(database.url, { connections: 4, name: 'test', log: silentLog }))
  stores = connections.map((connection) => new BudgetStore(connection))
  budgets = stores[0] as BudgetStore
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await Promise.all(connections.map((connection) => connection.close()))
  await database.drop()
})

const tenant = 'default'
const leaseMs = 30_000
const newKey = () => `host:${uuidv7()}.example`
const start = Date.UTC(2026, 0, 1)

const use = (key: string, limits: Partial<BudgetUse> = {}): BudgetUse => ({
  tenant,
  key,
  name: null,
  host: key.slice('host:'.length),
  streamId: uuidv7(),
  streamVersion: 1,
  policies: [],
  concurrency: null,
  ...limits,
})

const take = (key: string, more: Partial<BudgetTake> = {}): BudgetTake => ({
  tenant,
  key,
  runId: uuidv7(),
  streamId: uuidv7(),
  requestId: uuidv7(),
  leaseMs,
  ...more,
})

const learned = (key: string, more: Partial<LearnedBudget> = {}): LearnedBudget => ({
  tenant,
  key,
  name: null,
  host: key.slice('host:'.length),
  blockMs: null,
  limit: null,
  remaining: null,
  resetMs: null,
  from: 'retry-after',
  ...more,
})

const outcomes = (answers: readonly BudgetAnswer[]) =>
  answers.map((answer) => (answer.outcome === 'granted' ? 'granted' : answer.until - start))
const one = async (request: BudgetTake, at: number) => outcomes(await budgets.takeAll([request], at))[0]

function mostIn(times: readonly number[], perMs: number): number {
  let most = 0
  let from = 0
  for (let to = 0; to < times.length; to += 1) {
    while ((times[from] as number) <= (times[to] as number) - perMs) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}

describe('shared by all', () => {
  test('2,000 requests through 4 ledgers at once: no window has more than is allowed, and each is served once', async () => {
    const key = newKey()
    const policies = [
      { requests: 100, perMs: 150 },
      { requests: 1200, perMs: 2000 },
    ]
    await budgets.use(use(key, { policies }))
    const streams = Array.from({ length: 8 }, () => uuidv7())
    const granted: number[] = []
    let waited = 0
    const serve = async (index: number): Promise<void> => {
      const request = take(key, { streamId: streams[index % streams.length] as string })
      // Each time it comes back to another ledger.
      for (let ledger = index; ; ledger += 1) {
        const answer = await (stores[ledger % stores.length] as BudgetStore).take(request)
        if (answer.outcome === 'granted') return void granted.push(answer.at)
        waited += 1
        await systemClock.sleep(answer.waitMs)
      }
    }
    await Promise.all(Array.from({ length: 2000 }, (_, index) => serve(index)))
    const times = granted.toSorted((a, b) => a - b)
    expect(times).toHaveLength(2000)
    expect(waited).toBeGreaterThan(0)
    for (const { requests, perMs } of policies) expect(mostIn(times, perMs)).toBeLessThanOrEqual(requests)
    expect((await budgets.book.get(tenant, key)).waiting).toBe(0)
  })

  test('a budget that nothing limits grants, known or not', async () => {
    const key = newKey()
    expect((await budgets.take(take(key))).outcome).toBe('granted')
    await budgets.use(use(key))
    expect((await budgets.take(take(key))).outcome).toBe('granted')
  })

  test('requests of many budgets share a batch, each is judged by its own', async () => {
    const [a, b] = [newKey(), newKey()]
    await Promise.all([budgets.use(use(a, { policies: [{ requests: 1, perMs: 60_000 }] })), budgets.use(use(b, { concurrency: 1 }))])
    const answers = await budgets.takeAll([take(a), take(b), take(a), take(newKey())], start)
    expect(answers.map(({ outcome }) => outcome)).toEqual(['granted', 'granted', 'wait', 'granted'])
    expect(answers.map((answer) => answer.outcome === 'granted' && answer.leased)).toEqual([false, true, false, false])
  })
})

describe('fair between streams', () => {
  test('a stream with 1,000 requests does not hold back another one', async () => {
    const key = newKey()
    await budgets.use(use(key, { policies: [{ requests: 1, perMs: 1000 }] }))
    const big = uuidv7()
    await budgets.takeAll(
      Array.from({ length: 1000 }, () => take(key, { streamId: big })),
      start,
    )
    expect((await budgets.book.get(tenant, key)).policies).toEqual([{ requests: 1, perMs: 1000, remaining: 1 }])
    const small = take(key)
    expect(await one(small, start + 10)).toBe(2000)
    const lines = await client.query('select run_id, stream_id, due_at from weaver.budget_reservations where key = $1 order by due_at', [
      key,
    ])
    expect(lines.rowCount).toBe(1000)
    // From here on everybody comes back when due, on whatever ledger.
    const served = new Map<string, number>()
    for (let at = start + 1000; at <= start + 4000; at += 1000) {
      const due = await client.query<{ run_id: string; stream_id: string }>(
        'select run_id, stream_id from weaver.budget_reservations where key = $1 and due_at <= $2',
        [key, new Date(at)],
      )
      const requests = due.rows.map((row) => take(key, { runId: row.run_id, streamId: row.stream_id }))
      const answers = await (stores[(at / 1000) % 4] as BudgetStore).takeAll(requests, at)
      for (const [index, { runId }] of requests.entries()) if (answers[index]?.outcome === 'granted') served.set(runId, at)
    }
    expect(served.size).toBe(4)
    expect(served.get(small.runId)).toBeLessThanOrEqual(start + 3000)
  })
})

describe('the dead hold nobody up', () => {
  test('the place of a run that does not come back is given away', async () => {
    const key = newKey()
    await budgets.use(use(key, { policies: [{ requests: 1, perMs: 1000 }] }))
    const [first, dead, next] = [take(key), take(key), take(key)]
    expect(outcomes(await budgets.takeAll([first, dead], start))).toEqual(['granted', 1000])
    expect(await one(next, start + 1500)).not.toBe('granted')
    expect(await one(next, start + 1000 + leastGraceMs)).toBe('granted')
  })

  test('a request that is never released counts until its lease is over; a release frees at once', async () => {
    const key = newKey()
    await budgets.use(use(key, { concurrency: 1 }))
    const [dead, next, last] = [take(key, { leaseMs: 5000 }), take(key, { leaseMs: 5000 }), take(key)]
    expect(await one(dead, start)).toBe('granted')
    expect(await one(next, start + 4999)).not.toBe('granted')
    expect(await one(next, start + 5000)).toBe('granted')
    expect(await one(last, start + 5001)).not.toBe('granted')
    await (stores[1] as BudgetStore).release(next)
    expect(await one(last, start + 5500)).toBe('granted')
  })

  test('a lease that is renewed goes on', async () => {
    const key = newKey()
    await budgets.use(use(key, { concurrency: 1 }))
    const held = take(key, { leaseMs: 1 })
    expect((await budgets.take(held)).outcome).toBe('granted')
    await budgets.renew([held], 600_000)
    expect((await budgets.take(take(key))).outcome).toBe('wait')
    expect(await budgets.book.get(tenant, key)).toMatchObject({ running: 1, waiting: 1, concurrency: 1 })
  })
})

describe('learned from sources', () => {
  test('a block holds for everybody and ends by itself; a shorter one changes nothing', async () => {
    const key = newKey()
    await learnBudgets(connections[1] as Database, [learned(key, { blockMs: 5000 })], start)
    await learnBudgets(connections[2] as Database, [learned(key, { blockMs: 1000 })], start + 10)
    expect(await one(take(key), start + 20)).toBe(5000)
    expect(await one(take(key), start + 5000)).toBe('granted')
  })

  test('within a window the lowest count holds, in whatever order answers come; a new window counts anew', async () => {
    const key = newKey()
    const tell = (remaining: number, resetMs: number, at: number) =>
      learnBudgets(
        connections[0] as Database,
        [learned(key, { limit: 100, remaining, resetMs, from: 'x-ratelimit-remaining' })],
        start + at,
      )
    expect(await tell(50, 60_000, 0)).toBe(false)
    expect(await tell(1, 59_000, 1000)).toBe(true)
    await tell(3, 57_500, 2000)
    expect(outcomes(await budgets.takeAll([take(key), take(key)], start + 3000))).toEqual(['granted', 60_000])
    await tell(99, 60_000, 60_500)
    expect(await one(take(key), start + 60_600)).toBe('granted')
  })

  test('many answers of one budget in a batch: the longest block and the lowest count', async () => {
    const key = newKey()
    await Promise.all([
      budgets.learn(learned(key, { blockMs: 60_000 })),
      budgets.learn(learned(key, { limit: 10, remaining: 4, resetMs: 60_000, from: 'ratelimit' })),
      budgets.learn(learned(key, { limit: 10, remaining: 3, resetMs: 60_000, from: 'ratelimit' })),
    ])
    const budget = await budgets.book.get(tenant, key)
    expect(budget).toMatchObject({ limit: 10, remaining: 3, learnedFrom: expect.stringMatching(/retry-after|ratelimit/) })
    expect(Date.parse(budget.blockedUntil ?? '')).toBeGreaterThan(Date.now())
  })

  test('a block is announced to all processes, and is among the alerts', async () => {
    const listener = listen(database.url, { clock: systemClock, log: silentLog, name: 'test' })
    try {
      let told = 0
      listener.on('weaver_budgets', () => (told += 1))
      const { at } = await budgets.alerts()
      const key = newKey()
      await eventually(
        async () => {
          await budgets.announce()
          return told > 0
        },
        { what: 'the listener to listen' },
      )
      const before = told
      await (stores[2] as BudgetStore).learn(learned(key, { blockMs: 60_000 }))
      await eventually(() => told > before, { what: 'the announcement' })
      const { alerts } = await (stores[3] as BudgetStore).alerts(at)
      const alert = alerts.find((one) => one.key === key)
      expect(alert?.limited).toBe(false)
      expect(alert?.forMs).toBeGreaterThan(50_000)
    } finally {
      await listener.close()
    }
  })

  test('counts that are far from their end alert nobody', async () => {
    const key = newKey()
    await budgets.learn(learned(key, { limit: 1000, remaining: 900, resetMs: 60_000, from: 'ratelimit' }))
    const { alerts } = await budgets.alerts()
    expect(alerts.find((one) => one.key === key)?.forMs ?? 0).toBe(0)
  })
})

describe('limits', () => {
  test('streams of one budget add theirs up; an older version changes nothing; what a stream takes back is gone', async () => {
    const key = newKey()
    const [a, b] = [
      use(key, { policies: [{ requests: 5, perMs: 60_000 }], concurrency: 4, streamVersion: 2 }),
      use(key, { concurrency: 2 }),
    ]
    await Promise.all([budgets.use(a), (stores[1] as BudgetStore).use(b)])
    const limits = async () => {
      const { policies, concurrency } = await budgets.book.get(tenant, key)
      return [policies.map(({ requests }) => requests), concurrency]
    }
    expect(await limits()).toEqual([[5], 2])
    await budgets.use({ ...a, streamVersion: 1, policies: [{ requests: 9, perMs: 60_000 }] })
    expect(await limits()).toEqual([[5], 2])
    await budgets.use({ ...a, streamVersion: 3, policies: [], concurrency: null })
    expect(await limits()).toEqual([[], 2])
  })

  test('of very many different limits the lowest rates hold', async () => {
    const key = newKey()
    const uses = Array.from({ length: 40 }, (_, index) => use(key, { policies: [{ requests: 1 + ((index * 7) % 40), perMs: 1000 }] }))
    await Promise.all(uses.map((one) => budgets.use(one)))
    const { policies } = await budgets.book.get(tenant, key)
    expect(policies.map(({ requests }) => requests)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1))
  })

  test('limits by name hold instead of those of streams, until they are forgotten', async () => {
    const name = `name-${uuidv7()}`
    const key = `name:${name}`
    await budgets.use(use(key, { name, host: null, policies: [{ requests: 50, perMs: 1000 }] }))
    await budgets.book.configure(tenant, name, { policies: [{ requests: 1, perMs: 1000 }] })
    expect(outcomes(await budgets.takeAll([take(key), take(key)], start))).toEqual(['granted', 1000])
    expect(await budgets.book.get(tenant, key)).toMatchObject({ name, configured: true, policies: [{ requests: 1 }] })
    await budgets.book.forget(tenant, key)
    expect(await budgets.book.get(tenant, key)).toMatchObject({ configured: false, policies: [{ requests: 50 }] })
  })

  test('a name that no stream uses is gone when it is forgotten', async () => {
    const name = `name-${uuidv7()}`
    await budgets.book.configure(tenant, name, { concurrency: 3 })
    await budgets.book.forget(tenant, `name:${name}`)
    await expect(budgets.book.get(tenant, `name:${name}`)).rejects.toMatchObject({ code: 'not_found' })
    await expect(budgets.book.forget(tenant, `name:${name}`)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('tidying up', () => {
  test('places that expired, uses of long ago and budgets nobody uses go; what counts stays', async () => {
    const [old, busy] = [newKey(), newKey()]
    await budgets.use(use(old))
    await budgets.use(use(busy, { policies: [{ requests: 1, perMs: 60_000 }] }))
    await budgets.takeAll([take(busy), take(busy)], start)
    await client.query(`update weaver.budget_streams set used_at = now() - interval '2 d' where key = any($1)`, [[old, busy]])
    await client.query(`update weaver.budgets set used_at = now() - interval '2 d' where key = any($1)`, [[old, busy]])
    await budgets.book.cleanUp()
    await expect(budgets.book.get(tenant, old)).rejects.toMatchObject({ code: 'not_found' })
    expect(await budgets.book.get(tenant, busy)).toMatchObject({ waiting: 0, policies: [{ requests: 1 }] })
    const left = await client.query('select 1 from weaver.budget_reservations where key = $1', [busy])
    expect(left.rowCount).toBe(0)
  })

  test('the salt is drawn once for all', async () => {
    const salts = await Promise.all(stores.map((store, index) => store.salt(`salt-${index}`)))
    expect(new Set([...salts, await budgets.salt('later')]).size).toBe(1)
  })

  test('the list goes on where a page ended', async () => {
    for (let count = 0; count < 3; count += 1) await budgets.use(use(newKey()))
    const first = await budgets.book.list({ tenant, limit: 2 })
    const second = await budgets.book.list({ tenant, limit: 2, after: first.next as string })
    expect(first.items).toHaveLength(2)
    expect(second.items[0]?.key.localeCompare(first.items[1]?.key as string)).toBe(1)
    expect(first.items[0]?.streams).toBeInstanceOf(Array)
  })
})
