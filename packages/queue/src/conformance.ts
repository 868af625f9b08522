import { silentLog, systemClock } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FetchOrder, fingerprint, openQueue, type WeaverQueue } from './index.ts'

/** What every backend of the queue must do. `url` is asked for once, before the first test. */
export function describeQueue(name: string, url: () => Promise<string | { readonly url: string; readonly caCertificates: string }>): void {
  describe(name, () => {
    let queue: WeaverQueue
    beforeAll(async () => {
      const given = await url()
      const { url: address, ...certificates } = typeof given === 'string' ? { url: given } : given
      queue = openQueue(address, { clock: systemClock, log: silentLog, name: 'test', ...certificates })
    })
    afterAll(() => queue.close())

    let pools = 0
    const freshPool = () => `pool-${(pools += 1)}`

    async function collect(pool: string) {
      const orders: { order: FetchOrder; at: number }[] = []
      const consumer = await queue.onFetch(pool, 8, async (order) => {
        orders.push({ order, at: systemClock.now() })
      })
      return { orders, consumer }
    }

    test('a woken run reaches a worker once', async () => {
      const pool = freshPool()
      const { orders, consumer } = await collect(pool)
      await queue.wakeRun(pool, 'run-1')
      await eventually(() => orders.length > 0, { what: 'the run' })
      expect(orders.map(({ order }) => order)).toEqual([{ kind: 'run', runId: 'run-1' }])
      await consumer.close(5000)
    })

    test('a delayed run comes after its delay, fractions allowed', async () => {
      const pool = freshPool()
      const { orders, consumer } = await collect(pool)
      const begun = systemClock.now()
      await queue.wakeRun(pool, 'run-1', 300.7)
      await eventually(() => orders.length > 0, { what: 'the delayed run' })
      expect((orders[0]?.at ?? 0) - begun).toBeGreaterThanOrEqual(290)
      await consumer.close(5000)
    })

    test('a tick woken twice reaches a worker with its nominal time', async () => {
      const pool = freshPool()
      await queue.wakeTick(pool, 'a1b2', 1234)
      await queue.wakeTick(pool, 'a1b2', 1234)
      const { orders, consumer } = await collect(pool)
      await eventually(() => orders.length > 0, { what: 'the tick' })
      expect(orders.map(({ order }) => order)).toEqual([{ kind: 'tick', streamId: 'a1b2', at: 1234 }])
      await consumer.close(5000)
    })

    test('an armed interval fires on its grid, until it is disarmed', async () => {
      const pool = freshPool()
      const { orders, consumer } = await collect(pool)
      const schedule = { every: 200 }
      const anchor = systemClock.now()
      await queue.schedulers(pool).arm({ streamId: 's1', schedule, anchor, first: anchor + 400, jitterMs: 0 })
      const armed = await queue.schedulers(pool).list()
      expect(armed.get('s1')?.fingerprint).toBe(fingerprint(schedule, anchor, 0))
      await eventually(() => orders.length >= 4, { what: 'four ticks' })
      await queue.schedulers(pool).disarm('s1')
      expect((await queue.schedulers(pool).list()).size).toBe(0)
      const ticks = orders.map(({ order }) => (order.kind === 'tick' ? order.at : 0))
      expect(ticks[0]).toBe(anchor + 400)
      expect(new Set(ticks).size).toBe(ticks.length)
      for (const tick of ticks) expect((tick - anchor) % 200).toBe(0)
      await consumer.close(5000)
    })

    test('arming again with another interval leaves one scheduler', async () => {
      const pool = freshPool()
      const anchor = systemClock.now()
      await queue.schedulers(pool).arm({ streamId: 's1', schedule: { every: 60_000 }, anchor, first: anchor + 60_000, jitterMs: 0 })
      await queue.schedulers(pool).arm({ streamId: 's1', schedule: { every: 30_000 }, anchor, first: anchor + 30_000, jitterMs: 0 })
      const armed = await queue.schedulers(pool).list()
      expect([...armed.values()].map(({ next }) => next)).toEqual([anchor + 30_000])
      const counts = await queue.counts([pool])
      expect(counts[`fetch.${pool}`]?.delayed).toBe(1)
    })

    test('a cron schedule names the next time exactly', async () => {
      const pool = freshPool()
      const first = Date.UTC(2030, 0, 1, 8, 30)
      await queue
        .schedulers(pool)
        .arm({ streamId: 's1', schedule: { cron: '30 9 * * *', timezone: 'Europe/Madrid' }, anchor: 0, first, jitterMs: 0 })
      const armed = await queue.schedulers(pool).list()
      expect(armed.get('s1')?.next).toBe(first)
    })

    test('deliveries share jobs, each arrives', async () => {
      const pool = freshPool()
      const seen: string[] = []
      let jobs = 0
      const consumer = await queue.onDeliveries(pool, 4, async (ids) => {
        jobs += 1
        seen.push(...ids)
      })
      const ids = Array.from({ length: 40 }, (_, index) => String(index))
      await queue.wakeDeliveries(ids.map((id) => ({ lane: pool, id })))
      await eventually(() => seen.length >= ids.length, { what: 'all deliveries' })
      expect([...seen].sort()).toEqual([...ids].sort())
      expect(jobs).toBeLessThan(ids.length)
      await consumer.close(5000)
    })

    test('a handler that fails keeps the consumer going', async () => {
      const pool = freshPool()
      const seen: string[] = []
      const consumer = await queue.onFetch(pool, 1, async (order) => {
        if (order.kind !== 'run') return
        seen.push(order.runId)
        if (order.runId === 'bad') throw new Error('on purpose')
      })
      await queue.wakeRun(pool, 'bad')
      await queue.wakeRun(pool, 'good')
      await eventually(() => seen.includes('good'), { what: 'the run after the failed one' })
      await eventually(async () => (await queue.counts([pool]))[`fetch.${pool}`]?.failed === 1, { what: 'the failed job to be counted' })
      await consumer.close(5000)
    })

    test('finished jobs stay for a look, and no more than about a thousand of them', async () => {
      const pool = freshPool()
      const seen = new Set<string>()
      const consumer = await queue.onFetch(pool, 64, async (order) => {
        if (order.kind === 'run') seen.add(order.runId)
      })
      const ids = Array.from({ length: 1200 }, (_, index) => `run-${index}`)
      await queue.wakeRuns(ids.map((id) => ({ lane: pool, id })))
      const completed = async () => (await queue.counts([pool]))[`fetch.${pool}`]?.completed ?? 0
      await eventually(() => seen.size === ids.length, { what: 'all runs', timeoutMs: 50_000 })
      await consumer.close(5000)
      expect(await completed()).toBeGreaterThan(900)
      // On PostgreSQL those that end in the same moment do not see each other.
      expect(await completed()).toBeLessThan(1000 + 64)
    })

    test('closing waits for what is under way', async () => {
      const pool = freshPool()
      const finish = Promise.withResolvers<void>()
      let running = false
      let finished = false
      const consumer = await queue.onFetch(pool, 1, async () => {
        running = true
        await finish.promise
        finished = true
      })
      await queue.wakeRun(pool, 'slow')
      await eventually(() => running, { what: 'the run to begin' })
      const closed = consumer.close(10_000)
      finish.resolve()
      await closed
      expect(finished).toBe(true)
    })

    test('jobs carry ids only', async () => {
      const pool = freshPool()
      await queue.wakeRun(pool, 'r', 60_000)
      const [board] = queue.board([pool])
      const jobs = (await board?.getJobs(['delayed'], 0, 10)) ?? []
      expect(jobs.map((job) => job.toJSON().data)).toEqual([{ runId: 'r' }])
    })
  })
}

/** A server that is not there must be an error soon, not a call that hangs. */
export function describeQueueOutage(name: string, url: string): void {
  test(`${name}: a server that is not there is an error within seconds`, async () => {
    const queue = openQueue(url, { clock: systemClock, log: silentLog, name: 'test' })
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue_unavailable' })
    await queue.close()
  })
}
