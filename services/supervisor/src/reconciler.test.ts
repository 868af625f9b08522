import { type Run, specDefaults, type StreamSpec, silentLog, systemClock } from '@data-weaver/contracts'
import { competeForLeadership, type Ledger, migrate, openLedger } from '@data-weaver/ledger'
import { migrateQueue, openQueue, type WeaverQueue } from '@data-weaver/queue'
import { createDatabase, eventually, type TestDatabase } from '@data-weaver/testkit'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createReconciler } from './reconciler.ts'

const spec: StreamSpec = {
  ...specDefaults,
  config: {},
  schedule: { every: 60_000 },
  timeout: 60_000,
  bucket: 'results',
  transform: null,
  sinks: [{ type: 'postgres' }],
  pool: 'default',
  retry: { attempts: 3, delay: 1000, maxDelay: 60_000 },
}
const tenant = 'default'

describe('against a real ledger and queue', () => {
  let database: TestDatabase
  let ledger: Ledger
  let queue: WeaverQueue
  let client: pg.Client

  beforeAll(async () => {
    database = await createDatabase({
      key: 'ledger and queue',
      async prepare(url) {
        await migrate(url)
        await migrateQueue(url)
      },
    })
    ledger = openLedger(database.url, { clock: systemClock, log: silentLog, name: 'test' })
    queue = openQueue(database.url, { clock: systemClock, log: silentLog, name: 'test' })
    client = new pg.Client({ connectionString: database.url })
    await client.connect()
  })

  afterAll(async () => {
    await client.end()
    await queue.close()
    await ledger.close()
    await database.drop()
  })

  async function started(change: Partial<StreamSpec> = {}): Promise<string> {
    const id = uuidv7()
    await ledger.streams.create({ id, tenant, name: `stream-${id}`, adapter: 'http', spec: { ...spec, ...change }, sealed: {} })
    await ledger.streams.start(tenant, id)
    return id
  }

  /** Lets a reconciler work until the condition holds. */
  async function reconcileUntil(condition: () => Promise<boolean>, what: string): Promise<void> {
    const stop = new AbortController()
    const ended = createReconciler({ ledger, queue, clock: systemClock, log: silentLog, everyMs: 50, leaseMs: 3000 }).run(stop.signal)
    try {
      await eventually(condition, { what })
    } finally {
      stop.abort()
      await ended
    }
  }

  const runsOf = async (streamId: string): Promise<readonly Run[]> => (await ledger.history.runs({ tenant, limit: 100, streamId })).items

  test('arms what is started, disarms what is stopped, and wakes the tick under way', async () => {
    const pool = 'arming'
    const id = await started({ pool })
    await reconcileUntil(async () => (await queue.schedulers(pool).list()).has(id), 'the schedule to be armed')
    expect((await queue.counts([pool]))[`fetch.${pool}`]).toMatchObject({ waiting: 1, delayed: 1 })
    await ledger.operations.stopStream(tenant, id, {})
    await reconcileUntil(async () => (await queue.schedulers(pool).list()).size === 0, 'the schedule to be disarmed')
  })

  test('ticks that nobody ran are in the ledger as missed, with the reason', async () => {
    const id = await started()
    await client.query(
      `update weaver.streams set anchor = now() - interval '1 h', accounted_until = now() - interval '1 h' where id = $1`,
      [id],
    )
    await reconcileUntil(async () => (await runsOf(id)).length > 0, 'missed ticks')
    expect(await runsOf(id)).toMatchObject([{ state: 'missed', reason: 'outage' }])
    expect((await runsOf(id))[0]?.ticks).toBeGreaterThanOrEqual(59)
    await ledger.operations.stopStream(tenant, id, {})
  })

  test('ticks before a stream went on by itself were paused, also when it is started by now', async () => {
    const id = await started()
    await client.query(
      `update weaver.streams set anchor = now() - interval '1 h', accounted_until = now() - interval '1 h', recovered_at = now() - interval '10 min' where id = $1`,
      [id],
    )
    await reconcileUntil(async () => (await runsOf(id)).some(({ state }) => state === 'missed'), 'missed ticks')
    const stretches = (await runsOf(id)).filter(({ tick }) => tick !== null).map(({ state, reason, ticks }) => ({ state, reason, ticks }))
    expect(stretches).toEqual([
      { state: 'missed', reason: 'outage', ticks: expect.toSatisfy((ticks: number) => ticks >= 9 && ticks <= 11) as number },
      { state: 'skipped', reason: 'paused', ticks: expect.toSatisfy((ticks: number) => ticks >= 49 && ticks <= 51) as number },
    ])
    await ledger.operations.stopStream(tenant, id, {})
  })

  test('a run whose worker is gone is queued again', async () => {
    const pool = 'orphans'
    const id = await started({ pool })
    const claim = await ledger.claim('gone', 1, {
      kind: 'tick',
      streamId: id,
      at: systemClock.now(),
      runId: uuidv7(),
      canaryRunId: uuidv7(),
    })
    expect(claim.outcome).toBe('claimed')
    const woken: string[] = []
    const consumer = await queue.onFetch(pool, 1, async (order) => {
      if (order.kind === 'run') woken.push(order.runId)
    })
    await reconcileUntil(async () => woken.length > 0, 'the orphaned run to be woken')
    expect(woken).toEqual([claim.outcome === 'claimed' ? claim.run.id : ''])
    await consumer.close(5000)
    await ledger.operations.stopStream(tenant, id, {})
  })

  test('a delivery that nobody carries is queued again', async () => {
    const pool = 'deliveries'
    const id = await started({ pool })
    const claim = await ledger.claim('w', 30_000, {
      kind: 'tick',
      streamId: id,
      at: systemClock.now(),
      runId: uuidv7(),
      canaryRunId: uuidv7(),
    })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    const { deliveryIds } = await ledger.commitPage({
      runId: claim.run.id,
      epoch: claim.run.epoch,
      resultId: uuidv7(),
      part: 0,
      key: 'results/a/b.json',
      sha256: '00',
      size: 1,
      contentType: 'application/json',
      request: { method: 'GET', url: 'https://example.org', headers: {} },
      response: { status: 200, headers: {}, receivedAt: new Date(0).toISOString(), durationMs: 1 },
      sinks: spec.sinks,
      cursor: undefined,
      gap: undefined,
      ends: false,
      carrier: null,
    })
    await client.query('update weaver.deliveries set enqueue_after = now() where id = any($1)', [deliveryIds])
    const carried: string[] = []
    const consumer = await queue.onDeliveries(pool, 1, async (ids) => void carried.push(...ids))
    await reconcileUntil(async () => carried.length > 0, 'the delivery to be woken')
    expect(carried).toEqual(deliveryIds)
    await consumer.close(5000)
  })

  test('of two supervisors one leads, and the other takes over', async () => {
    const reigns: string[] = []
    const compete = (name: string) =>
      competeForLeadership(database.url, {
        clock: systemClock,
        log: silentLog,
        name,
        async lead(signal) {
          reigns.push(name)
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
        },
      })
    const rivals = { first: compete('first'), second: compete('second') }
    await eventually(() => reigns.length > 0, { what: 'a leader' })
    const [leader, other] = rivals.first.isLeader ? (['first', 'second'] as const) : (['second', 'first'] as const)
    expect(rivals[other].isLeader).toBe(false)
    await rivals[leader].close()
    await eventually(() => rivals[other].isLeader, { what: 'the other to lead' })
    expect(reigns).toEqual([leader, other])
    await rivals[other].close()
  })
})
