import { WeaverError } from '@data-weaver/contracts'
import { fakeClock } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { retryLimits, Transient, withRetries } from './retry.ts'

const never = new AbortController().signal
const trouble = new WeaverError('store_unavailable', 'trouble')

/** A clock on which nobody waits, and the waits that were asked for, in milliseconds. */
function impatient() {
  const asked: number[] = []
  const sleep = (ms: number): Promise<void> => {
    asked.push(ms)
    return Promise.resolve()
  }
  return { asked, clock: { ...fakeClock(), sleep } }
}

test('waits grow, are anywhere below their bound, and end', async () => {
  const { asked, clock } = impatient()
  const limits = { attempts: 8, delayMs: 100, maxDelayMs: 2000 }
  const run = (random: number) => withRetries(() => Promise.reject(new Transient(trouble)), never, { clock, random: () => random, limits })
  await expect(run(0.999999)).rejects.toBe(trouble)
  expect(asked.splice(0)).toEqual([100, 200, 400, 800, 1600, 2000, 2000])
  await expect(run(0)).rejects.toBe(trouble)
  expect(asked.splice(0)).toEqual([0, 0, 0, 0, 0, 0, 0])
})

test('a wait the store asks for is kept, within the limit', async () => {
  const { asked, clock } = impatient()
  for (const afterMs of [1500, 60_000]) {
    await expect(
      withRetries(() => Promise.reject(new Transient(trouble, afterMs)), never, {
        clock,
        random: () => 0,
        limits: { ...retryLimits, attempts: 2 },
      }),
    ).rejects.toBe(trouble)
  }
  expect(asked).toEqual([1500, 2000])
})

test('what is not transient is not tried again', async () => {
  let tried = 0
  const attempt = () => {
    tried += 1
    return Promise.reject(trouble)
  }
  await expect(withRetries(attempt, never, { clock: fakeClock(), random: () => 0, limits: retryLimits })).rejects.toBe(trouble)
  expect(tried).toBe(1)
})
