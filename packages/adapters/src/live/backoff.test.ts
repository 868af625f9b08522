import { describe, expect, it } from 'vitest'
import { backoffMs, shortestWaitMs } from './backoff.ts'

const limits = { minMs: 1000, maxMs: 30_000 } as const
const longest = (below: number) => below - 1
const shortest = () => 0

describe('the wait before the next connection', () => {
  it.each([
    [0, 1000],
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [6, 30_000],
    [5000, 30_000],
  ])('after %i failures is at most %i ms', (failures, most) => {
    expect(backoffMs(failures, { ...limits, maxFailures: 10 }, 0, longest)).toBe(most)
    expect(backoffMs(failures, { ...limits, maxFailures: 10 }, 0, shortest)).toBe(shortestWaitMs)
  })

  it('is what the source asked for, when that is longer', () => {
    expect(backoffMs(1, { ...limits, maxFailures: 10 }, 45_000, longest)).toBe(45_000)
    expect(backoffMs(3, { ...limits, maxFailures: 10 }, 10, longest)).toBe(4000)
  })

  it('is drawn by lot', () => {
    const waits = new Set(Array.from({ length: 100 }, () => backoffMs(10, { ...limits, maxFailures: 10 })))
    expect(waits.size).toBeGreaterThan(50)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000)
  })
})
