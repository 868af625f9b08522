import { requireServer, startRedis, type TestRedis } from '@data-weaver/testkit'
import { afterAll, describe } from 'vitest'
import { describeQueue, describeQueueOutage } from './conformance.ts'

const program = await requireServer('redis-server')

describe.skipIf(program === undefined)('Redis', () => {
  let redis: TestRedis | undefined
  afterAll(() => redis?.stop())

  describeQueue('queue on Redis', async () => {
    redis = await startRedis()
    return redis.url
  })

  describeQueueOutage('queue on Redis', 'redis://127.0.0.1:1')
})
