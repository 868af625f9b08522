import type { Clock } from '@data-weaver/contracts'
import { systemClock } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

/** A clock that stands still until it is moved, and tells how often it was asked to sleep. */
class HandClock implements Clock {
  time = 0
  sleeps = 0
  #sleepers: { readonly at: number; wake(): void }[] = []
  now = () => this.time
  monotonic = () => this.time
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps += 1
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.time + ms, wake: resolve })
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }
  async move(ms: number): Promise<void> {
    this.time += ms
    for (const sleeper of this.#sleepers.filter(({ at }) => at <= this.time)) sleeper.wake()
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.time)
    await new Promise(setImmediate)
  }
}

test('deadlines expire in their time, cleared ones never, and each once', async () => {
  const clock = new HandClock()
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  const set = (ms: number, name: string) => deadlines.set(ms, () => expired.push(name))
  set(100, 'b')
  set(50, 'a')
  const cleared = set(60, 'cleared')
  set(5000, 'd')
  await clock.move(49)
  expect(expired).toEqual([])
  await clock.move(1)
  expect(expired).toEqual(['a'])
  deadlines.clear(cleared)
  await clock.move(50)
  expect(expired).toEqual(['a', 'b'])
  set(10, 'c')
  await clock.move(10)
  await clock.move(10_000)
  expect(expired).toEqual(['a', 'b', 'c', 'd'])
  await deadlines.close()
})

test('many short uses share one sleep', async () => {
  const clock = new HandClock()
  const deadlines = new Deadlines(clock)
  for (let count = 0; count < 1000; count += 1) deadlines.clear(deadlines.set(60_000, () => {}))
  await clock.move(0)
  expect(clock.sleeps).toBe(1)
  await deadlines.close()
})

test('a deadline may set and clear others when it expires', async () => {
  const clock = new HandClock()
  const deadlines = new Deadlines(clock)
  const expired: string[] = []
  deadlines.set(10, () => {
    expired.push('first')
    deadlines.clear(second)
    deadlines.set(5, () => expired.push('third'))
  })
  const second = deadlines.set(10, () => expired.push('second'))
  await clock.move(10)
  await clock.move(5)
  expect(expired).toEqual(['first', 'third'])
  await deadlines.close()
})

test('closing forgets all and leaves no timer', async () => {
  const deadlines = new Deadlines(systemClock)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  deadlines.set(3_600_000 * 24 * 60, () => expect.unreachable())
  expect(timers()).toBe(before + 1)
  await deadlines.close()
  expect(timers()).toBe(before)
})
