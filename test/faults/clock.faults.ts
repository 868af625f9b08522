import { requireServer, startRedis } from '@data-weaver/testkit'
import { describe, expect, inject, test } from 'vitest'
import { campaign, type CampaignOptions, work } from './campaign.ts'
import { openFleet } from './fleet.ts'
import { count, note } from './report.ts'

const outcomes = inject('faultOutcomes')
const redisServer = await requireServer('redis-server')
const hourMs = 3_600_000

/** Time that the fleet works with right clocks, and then with wrong ones, milliseconds. */
const rightForMs = 2000
const wrongForMs = 14_000

async function expectClocksHarmless(queue: string, options: CampaignOptions): Promise<void> {
  const { violations } = await campaign({ ...options, delayedMayStay: true }, async ({ fleet }) => {
    const jumping = await Promise.all([hourMs, -hourMs].map((offsetMs) => fleet.startWorker({ clock: { offsetMs, jumps: true } })))
    const workers = [...jumping, await fleet.startWorker(), await fleet.startWorker()]
    await work(rightForMs)
    for (const worker of jumping) worker.process.child.kill('SIGUSR2')
    await work(wrongForMs)
    await Promise.all(workers.map((worker) => worker.process.end()))
  })
  const damage = { lost: count(violations, 'lost'), doubled: count(violations, 'doubled') }
  note(outcomes, { fault: 'Clock of a worker jumps by an hour, either way, for 14 s', queue, times: 2, ...damage, recoveries: [] })
  expect(violations).toEqual([])
}

describe.concurrent('workers whose clocks are wrong do no harm', () => {
  test.each([hourMs, -hourMs])('a worker that starts %i ms off is refused', async (offsetMs) => {
    await using fleet = await openFleet()
    await expect(fleet.startWorker({ clock: { offsetMs, jumps: false } })).rejects.toThrow('clock_skew')
  })

  test('queue on PostgreSQL', () => expectClocksHarmless('PostgreSQL', {}))
  test.skipIf(redisServer === undefined)('queue on Redis', async () => {
    await using redis = await startRedis()
    await expectClocksHarmless('Redis', { queueUrl: redis.url })
  })
})
