import { requireServer, startRedis, type TestRedis } from '@data-weaver/testkit'
import { Redis } from 'ioredis'
import { afterAll, describe } from 'vitest'
import { describeCrashes } from './crashes.ts'

const program = await requireServer('redis-server')

describe.skipIf(program === undefined)('with Redis', () => {
  let redis: TestRedis | undefined
  afterAll(() => redis?.stop())

  describeCrashes('queue on Redis', async () => {
    const { url } = (redis = await startRedis())
    return {
      url,
      async flush() {
        const client = new Redis(url)
        await client.flushall()
        client.disconnect()
      },
    }
  })
})
