import { requireServer, startRedis } from '@data-weaver/testkit'
import { inject, test } from 'vitest'
import { expectStorm } from './storm.ts'

const redisServer = await requireServer('redis-server')

test.skipIf(redisServer === undefined)('workers and supervisors are killed at every step of a run, with the queue on Redis', async () => {
  await using redis = await startRedis()
  await expectStorm(inject('faultOutcomes'), 'Redis', { queueUrl: redis.url })
})
