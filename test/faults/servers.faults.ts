import { requireServer, startRedis, type TestRedis } from '@data-weaver/testkit'
import { Redis } from 'ioredis'
import { describe, expect, inject, test } from 'vitest'
import { campaign } from './campaign.ts'
import { noteOutages, type Outage, sufferAll } from './series.ts'

const outcomes = inject('faultOutcomes')
const redisServer = await requireServer('redis-server')

async function command(redis: TestRedis, ...words: readonly [string, ...string[]]): Promise<void> {
  const client = new Redis(redis.url)
  try {
    await client.call(...words)
  } finally {
    client.disconnect()
  }
}

const redisOutages = (redis: TestRedis): readonly Outage[] => [
  { fault: 'Redis: FLUSHALL', begin: () => command(redis, 'FLUSHALL'), end: () => {}, forMs: 0, times: 5 },
  { fault: 'Redis: kill -9, start again', begin: () => redis.kill(), end: () => redis.start(), forMs: 500, times: 5 },
  {
    fault: 'Redis: out of memory, for 3 s',
    begin: () => command(redis, 'CONFIG', 'SET', 'maxmemory', '1'),
    end: () => command(redis, 'CONFIG', 'SET', 'maxmemory', '0'),
    forMs: 3000,
    times: 3,
  },
  { fault: 'Redis: stands still for 3 s', begin: () => redis.freeze(), end: () => redis.resume(), forMs: 3000, times: 3 },
]

describe.concurrent('servers that fail', () => {
  test.skipIf(redisServer === undefined)('Redis', async () => {
    await using redis = await startRedis()
    const outages = redisOutages(redis)
    const verdict = await campaign({ queueUrl: redis.url }, (scene) => sufferAll(scene, outages, 3))
    noteOutages(outcomes, 'Redis', outages, verdict)
    expect(verdict.violations).toEqual([])
  })

  test('Postgres', async () => {
    let outages: readonly Outage[] = []
    const verdict = await campaign({}, async (scene) => {
      const { postgres } = scene.fleet
      outages = [
        { fault: 'Postgres: kill -9, start again at once', begin: () => postgres.kill(), end: () => postgres.start(), forMs: 0, times: 6 },
      ]
      await sufferAll(scene, outages, 3)
    })
    noteOutages(outcomes, 'PostgreSQL', outages, verdict)
    expect(verdict.violations).toEqual([])
  })
})
