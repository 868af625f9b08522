import { type BudgetSpec, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { type Ledger, type Listener, listen, migrate, openLedger } from '@data-weaver/ledger'
import { createDatabase, eventually, sourceServer, type SourceServer, type TestDatabase } from '@data-weaver/testkit'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BudgetedHttp, budgetedHttp } from './budgeted-http.ts'
import { Budgets } from './budgets.ts'

/** What a worker process has of it. */
interface Process {
  readonly ledger: Ledger
  readonly listener: Listener
  readonly budgets: Budgets
}

let database: TestDatabase
let egress: Egress
let source: SourceServer
let here: Process
let there: Process

async function startProcess(): Promise<Process> {
  const options = { clock: systemClock, log: silentLog, name: 'test' }
  const ledger = openLedger(database.url, { ...options, connections: 3 })
  const listener = listen(database.url, options)
  const budgets = new Budgets({ budgets: ledger.budgets, listener, clock: systemClock, log: silentLog })
  await budgets.start()
  return { ledger, listener, budgets }
}

async function stopProcess({ ledger, listener, budgets }: Process): Promise<void> {
  await budgets.close()
  await listener.close()
  await ledger.close()
}

beforeAll(async () => {
  database = await createDatabase({ key: 'ledger', prepare: migrate })
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  ;[here, there] = await Promise.all([startProcess(), startProcess()])
})

afterAll(async () => {
  await Promise.all([stopProcess(here), stopProcess(there)])
  await egress.close()
  await database.drop()
})

// A source of its own for each test: budgets are known by host and port.
beforeEach(async () => {
  source = await sourceServer([{ body: { fine: true } }])
})
afterEach(async () => {
  await source.close()
})

const signal = new AbortController().signal

function run(
  process: Process,
  budget: BudgetSpec | null = null,
  secrets: readonly string[] = [],
  until: AbortSignal = signal,
): BudgetedHttp & { id: string } {
  const id = uuidv7()
  const http = egress.http({ signal: until, secrets, log: silentLog })
  const budgeted = budgetedHttp(
    http,
    { id, tenant: 'default', streamId: uuidv7(), version: 1, budget, secrets },
    { budgets: process.budgets, clock: systemClock, signal: until },
  )
  return { ...budgeted, id }
}

const get = (http: BudgetedHttp) => http.request({ url: source.url })

async function errorOf(work: Promise<unknown>): Promise<WeaverError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof WeaverError)) throw new Error('expected a WeaverError', { cause: thrown })
  return thrown
}

const shown = async (fingerprint = '') => {
  const key = `host:${new URL(source.url).host}${fingerprint}`
  const { items } = await here.ledger.budgets.book.list({ tenant: 'default', limit: 500 })
  return items.find((budget) => (fingerprint === '*' ? budget.host === new URL(source.url).host : budget.key === key))
}

/** Passes once the process heeds the budget of the source. */
const heeded = (process: Process, secrets: readonly string[] = []) => {
  const address = process.budgets.address(
    { id: uuidv7(), tenant: 'default', streamId: uuidv7(), version: 1, budget: null, secrets },
    new URL(source.url).host,
  )
  return eventually(() => process.budgets.mustAsk(address), { what: 'the other process to heed it' })
}

describe('without limits', () => {
  test('a request costs nothing: it is sent although the ledger is gone', async () => {
    const alone = await startProcess()
    await alone.ledger.close()
    try {
      expect((await get(run(alone))).status).toBe(200)
      expect(await shown()).toBeUndefined()
    } finally {
      await alone.budgets.close()
      await alone.listener.close()
    }
  })
})

describe('limits of a stream', () => {
  test('what is over the limit has to wait, and is told how long; the next window lets it go', async () => {
    const http = run(here, { policies: [{ requests: 2, perMs: 60_000 }] })
    await get(http)
    await get(http)
    const error = await errorOf(get(http))
    expect(error).toMatchObject({ code: 'budget_wait', retryable: true, origin: 'rateLimit' })
    expect(error.retryAfterMs).toBeGreaterThan(1000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(source.requests).toHaveLength(2)
    expect(await shown()).toMatchObject({ waiting: 1, policies: [{ requests: 2, perMs: 60_000, remaining: 0 }] })
  })

  test('they hold for streams that do not state them, in all processes', async () => {
    await get(run(here, { policies: [{ requests: 1, perMs: 60_000 }] }))
    await heeded(there)
    expect(await errorOf(get(run(there)))).toMatchObject({ code: 'budget_wait' })
    expect(source.requests).toHaveLength(1)
    expect((await shown())?.streams).toHaveLength(2)
  })

  test('a short wait is slept where it is', async () => {
    const http = run(here, { policies: [{ requests: 1, perMs: 200 }] })
    for (let count = 0; count < 4; count += 1) await get(http)
    expect(source.requests).toHaveLength(4)
  })

  test('an abort ends the wait and gives up the place', async () => {
    const stop = new AbortController()
    const limits = { policies: [{ requests: 1, perMs: 900 }] }
    await get(run(here, limits))
    const waiting = errorOf(get(run(here, limits, [], stop.signal)))
    await eventually(async () => (await shown())?.waiting === 1, { what: 'the run to wait' })
    stop.abort(new WeaverError('interrupted', 'enough'))
    expect((await waiting).code).toBe('interrupted')
    await eventually(async () => (await shown())?.waiting === 0, { what: 'the place to be given up' })
    expect(source.requests).toHaveLength(1)
  })

  test('a wait longer than the stream allows is an error of its own', async () => {
    const limits = { policies: [{ requests: 1, perMs: 60_000 }], maxWaitMs: 5000 }
    const http = run(here, limits)
    await get(http)
    expect(await errorOf(get(http))).toMatchObject({ code: 'budget_exhausted', retryable: false })
    await eventually(async () => (await shown())?.waiting === 0, { what: 'the place to be given up' })
  })
})

describe('concurrency', () => {
  test('no more requests are under way at once than allowed, over two processes', async () => {
    let open = 0
    let most = 0
    source.play(async () => {
      open += 1
      most = Math.max(most, open)
      await systemClock.sleep(30)
      open -= 1
      return { body: 'fine' }
    })
    const limits = { concurrency: 2 }
    const runs = Array.from({ length: 12 }, (_, index) => run(index % 2 === 0 ? here : there, limits))
    await Promise.all(
      runs.map(async (http) => {
        for (;;) {
          try {
            return await get(http)
          } catch (error) {
            // As a run that becomes `waiting` does.
            if (!(error instanceof WeaverError) || error.code !== 'budget_wait') throw error
            await systemClock.sleep(error.retryAfterMs ?? 0)
          }
        }
      }),
    )
    expect(source.requests).toHaveLength(12)
    expect(most).toBeLessThanOrEqual(2)
    await eventually(async () => (await shown())?.running === 0, { what: 'all places to be free' })
  })

  test('an answer that is still being read counts; its end, or that of the run, frees the place', async () => {
    const limits = { concurrency: 1 }
    const reading = run(here, limits)
    const stream = await reading.stream({ url: source.url })
    expect((await shown())?.running).toBe(1)
    for await (const _piece of stream.body);
    await eventually(async () => (await shown())?.running === 0, { what: 'the place to be free' })
    await reading.dial(source.url)
    expect((await shown())?.running).toBe(1)
    reading.end()
    await eventually(async () => (await shown())?.running === 0, { what: 'the place to be free' })
  })
})

describe('learning', () => {
  test('a Retry-After that one process was told is heeded by another, and nothing is sent', async () => {
    source.play([{ status: 429, headers: { 'retry-after': '600' } }])
    expect((await get(run(there, null, ['the-secret']))).status).toBe(429)
    await heeded(here, ['the-secret'])
    const error = await errorOf(get(run(here, null, ['the-secret'])))
    expect(error.code).toBe('budget_wait')
    expect(error.retryAfterMs).toBeGreaterThan(500_000)
    expect(source.requests).toHaveLength(1)
    const budget = await shown('*')
    expect(budget).toMatchObject({ learnedFrom: 'retry-after', waiting: 1 })
    expect(budget?.key).not.toContain('the-secret')
    // Another credential is another budget.
    expect((await get(run(here, null, ['another-secret']))).status).toBe(429)
  })

  test('what is left is shared when it is little', async () => {
    source.play([{ headers: { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '2', 'x-ratelimit-reset': '600' } }])
    await get(run(here))
    await heeded(there)
    await eventually(async () => (await shown())?.remaining === 2, { what: 'the count to be known' })
    const http = run(there)
    await get(http)
    await get(http)
    expect(await errorOf(get(run(here)))).toMatchObject({ code: 'budget_wait' })
    expect(source.requests).toHaveLength(3)
  })

  test('plenty is shown after a while and asked for by nobody', async () => {
    source.play([{ headers: { 'ratelimit-policy': '"hour";q=1000;w=3600', ratelimit: '"hour";r=900;t=600' } }])
    await get(run(here))
    await eventually(async () => (await shown())?.remaining === 900, { what: 'the count to be written down' })
    expect(await shown()).toMatchObject({ limit: 1000, learnedFrom: 'ratelimit', blockedUntil: null })
    const http = run(here)
    await get(http)
    expect((await shown())?.remaining).toBe(900)
  })

  test('a refusal in the body of an answer, which only the adapter sees', async () => {
    const http = run(here)
    await get(http)
    http.refused(new WeaverError('rate_limited', 'call_limit_reached', { retryAfterMs: 60_000 }))
    expect(await errorOf(get(run(here)))).toMatchObject({ code: 'budget_wait' })
    expect(source.requests).toHaveLength(1)
  })
})

describe('by name', () => {
  test('limits that are configured while it runs hold within a moment', async () => {
    const name = `name-${uuidv7()}`
    const http = run(here, { name })
    await get(http)
    await there.ledger.budgets.book.configure('default', name, { policies: [{ requests: 1, perMs: 600_000 }] })
    const error = await eventually(
      () =>
        get(http).then(
          () => undefined,
          (thrown: WeaverError) => thrown,
        ),
      { what: 'the limit to hold' },
    )
    expect(error).toMatchObject({ code: 'budget_wait' })
    await there.ledger.budgets.book.forget('default', `name:${name}`)
    await eventually(
      () =>
        get(http).then(
          () => true,
          () => false,
        ),
      { what: 'the limit to be gone' },
    )
  })
})
