import { silentLog, systemClock } from '@data-weaver/contracts'
import { eventually, requireServer, startRedis, type TestRedis } from '@data-weaver/testkit'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, test } from 'vitest'
import { describeQueue, describeQueueOutage } from './conformance.ts'
import { openQueue } from './index.ts'

const program = await requireServer('redis-server')

describe.skipIf(program === undefined)('Redis', () => {
  let redis: TestRedis | undefined
  afterAll(() => redis?.stop())

  describeQueue('queue on Redis', async () => {
    redis = await startRedis()
    return redis.url
  })

  describeQueueOutage('queue on Redis', 'redis://127.0.0.1:1')

  // It would look by itself, up to a tenth of a second later.
  test('is woken when a job is due', async () => {
    await using server = await startRedis()
    const client = new Redis(server.url)
    const monitor = await client.monitor()
    const queue = openQueue(server.url, { clock: systemClock, log: silentLog, name: 'test' })
    try {
      const commands: string[] = []
      monitor.on('monitor', (_time: string, [command = '']: string[], source: string) => {
        if (source !== 'lua') commands.push(command.toLowerCase())
      })
      const seen = new Set<string>()
      await queue.onFetch('due', 4, async (order) => void (order.kind === 'run' && seen.add(order.runId)))
      await queue.wakeRun('due', 'later', 300)
      await eventually(() => seen.has('later'), { what: 'the run' })
      await eventually(() => commands.includes('llen'), { what: 'the command that woke the server' })
      expect(commands.indexOf('bzpopmin')).toBeLessThan(commands.indexOf('llen'))
    } finally {
      await queue.close()
      monitor.disconnect()
      client.disconnect()
    }
  })
})
