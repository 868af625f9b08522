import { fakeClock } from '@data-weaver/testkit'
import { expect, it } from 'vitest'
import { RateMeter } from './rate.ts'

it('tells how many a second there were in the last ten seconds, and forgets what is older', async () => {
  const clock = fakeClock()
  const rate = new RateMeter(clock)
  expect(rate.perSecond).toBe(0)
  for (let second = 0; second < 5; second++) {
    rate.add(100)
    await clock.advance(1000)
  }
  expect(rate.perSecond).toBeCloseTo(100, 5)
  for (let second = 0; second < 20; second++) {
    rate.add(10)
    await clock.advance(1000)
  }
  expect(rate.perSecond).toBeCloseTo(10, 5)
  await clock.advance(60_000)
  expect(rate.perSecond).toBe(0)
})
