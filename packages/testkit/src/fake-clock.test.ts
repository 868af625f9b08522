import { expect, test } from 'vitest'
import { fakeClock } from './fake-clock.ts'

test('time stands still, and sleepers wake in the order they are due', async () => {
  const clock = fakeClock(1_000_000)
  const woken: string[] = []
  const fallAsleep = (ms: number, name: string) => void clock.sleep(ms).then(() => woken.push(`${name} at ${clock.now()}`))
  fallAsleep(300, 'late')
  fallAsleep(100, 'early')
  fallAsleep(200, 'middle')
  await clock.advance(99)
  expect(woken).toEqual([])
  await clock.advance(151)
  expect(woken).toEqual(['early at 1000100', 'middle at 1000200'])
  expect(clock.now()).toBe(1_000_250)
  expect(clock.monotonic()).toBe(250)
  expect(clock.sleeping()).toBe(1)
})

test('who sleeps again on the way is woken on the way', async () => {
  const clock = fakeClock()
  let ticks = 0
  void (async () => {
    for (;;) {
      await clock.sleep(10)
      ticks += 1
    }
  })()
  await clock.advance(1000)
  expect(ticks).toBe(100)
})

test('an abort ends a sleep with its reason', async () => {
  const clock = fakeClock()
  const controller = new AbortController()
  const { sleep } = clock
  const rest = (ms: number) => sleep(ms, controller.signal)
  const asleep = rest(1000)
  await clock.untilSleeping(1)
  controller.abort(new Error('enough'))
  await expect(asleep).rejects.toThrow('enough')
  await expect(rest(1)).rejects.toThrow('enough')
  expect(clock.sleeping()).toBe(0)
})
