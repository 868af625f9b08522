import { type Log, silentLog, systemClock } from '@data-weaver/contracts'
import {
  eventually,
  redisCommand,
  type RedisFleet,
  requireServer,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  startRedisTls,
  type TestRedis,
} from '@data-weaver/testkit'
import { afterAll, describe, expect, test } from 'vitest'
import { describeQueue } from './conformance.ts'
import { openQueue, type WeaverQueue } from './index.ts'
import type { RedisTrouble } from './redis.ts'

const program = await requireServer('redis-server')
const openssl = await requireServer('openssl')

/** A consumer that notes the runs it was woken for. */
async function consume(queue: WeaverQueue, lane: string): Promise<Set<string>> {
  const seen = new Set<string>()
  await queue.onFetch(lane, 4, async (order) => {
    if (order.kind === 'run') seen.add(order.runId)
  })
  return seen
}

/** Wakes until it is taken, as the reconciler does. */
const wakeSurely = (queue: WeaverQueue, lane: string, runId: string): Promise<unknown> =>
  eventually(
    () =>
      queue.wakeRun(lane, runId).then(
        () => true,
        () => false,
      ),
    { what: `the queue to take ${runId}`, timeoutMs: 40_000 },
  )

const open = (url: string, log: Log = silentLog) => openQueue(url, { clock: systemClock, log, name: 'test' })

describe.skipIf(program === undefined)('Redis with Sentinels', () => {
  let servers: RedisFleet | undefined
  afterAll(async () => await servers?.[Symbol.asyncDispose]())
  describeQueue('queue on Redis with Sentinels', async () => {
    servers = await startRedisSentinel()
    return servers.url
  })

  test('another master is found, and the consumers that wait take what it holds', async () => {
    await using fleet = await startRedisSentinel()
    const queue = open(fleet.url)
    try {
      const seen = await consume(queue, 'failover')
      await queue.wakeRun('failover', 'before')
      await eventually(() => seen.has('before'), { what: 'the run before' })
      const [master, replica] = fleet.servers as [TestRedis, TestRedis, TestRedis]
      await master.kill()
      await eventually(async () => (await redisCommand(replica.port, 'info', 'replication')).includes('role:master'), {
        what: 'the replica to be the master',
        timeoutMs: 30_000,
      })
      await wakeSurely(queue, 'failover', 'after')
      await eventually(() => seen.has('after'), { what: 'the run after', timeoutMs: 40_000 })
    } finally {
      await queue.close()
    }
  })
})

describe.skipIf(program === undefined)('Redis as a cluster', () => {
  let servers: RedisFleet | undefined
  afterAll(async () => await servers?.[Symbol.asyncDispose]())
  describeQueue('queue on a Redis cluster', async () => {
    servers = await startRedisCluster()
    return servers.url
  })
})

describe.skipIf(program === undefined || openssl === undefined)('Redis over TLS', () => {
  let servers: (RedisFleet & { readonly caCertificates: string }) | undefined
  afterAll(async () => await servers?.[Symbol.asyncDispose]())
  describeQueue('queue on Redis over TLS', async () => {
    servers = await startRedisTls()
    return { url: servers.url, caCertificates: servers.caCertificates }
  })

  test('is refused without the authority that stands for it', async () => {
    const queue = open(servers?.url ?? '')
    try {
      await expect(queue.ping()).rejects.toMatchObject({ code: 'queue_unavailable' })
    } finally {
      await queue.close()
    }
  })
})

describe.skipIf(program === undefined)('a Redis that is not set up for it', () => {
  async function troubles(url: string, enough: number): Promise<RedisTrouble[]> {
    const warned: RedisTrouble[] = []
    const queue = open(url, { ...silentLog, warn: (fields) => void warned.push(fields as RedisTrouble) })
    try {
      await queue.ping()
      await eventually(() => warned.length >= enough, { what: `${enough} warnings` })
      return warned
    } finally {
      await queue.close()
    }
  }

  test('is warned of, with what to set', async () => {
    await using redis = await startRedis({ flags: { appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' } })
    const found = await troubles(redis.url, 2)
    expect(found.map(({ node, set }) => [node, set])).toEqual([
      [`127.0.0.1:${redis.port}`, 'appendonly yes'],
      [`127.0.0.1:${redis.port}`, 'maxmemory-policy noeviction'],
    ])
  })

  test('is warned of when it is one node of a cluster', async () => {
    await using cluster = await startRedisCluster()
    const bad = cluster.servers[2] as TestRedis
    await redisCommand(bad.port, 'config', 'set', 'maxmemory-policy', 'volatile-ttl')
    expect((await troubles(cluster.url, 1)).map(({ node, set }) => [node, set])).toEqual([
      [`127.0.0.1:${bad.port}`, 'maxmemory-policy noeviction'],
    ])
  })
})

describe.skipIf(program === undefined)('a Redis that goes and comes', () => {
  test('keeps what it took; a consumer that waited takes it, and what is woken while it is away comes too', async () => {
    await using redis = await startRedis()
    const [waking, consuming] = [open(redis.url), open(redis.url)]
    try {
      const seen = await consume(consuming, 'away')
      await waking.wakeRun('away', 'before')
      await eventually(() => seen.has('before'), { what: 'the run before' })
      await waking.wakeRun('away', 'kept', 1000)
      await redis.kill()
      const during = waking.wakeRun('away', 'during').catch(() => {})
      await redis.start()
      await during
      await wakeSurely(waking, 'away', 'after')
      await eventually(() => ['kept', 'during', 'after'].every((run) => seen.has(run)), { what: 'all runs', timeoutMs: 40_000 })
    } finally {
      await Promise.all([waking.close(), consuming.close()])
    }
  })
})
