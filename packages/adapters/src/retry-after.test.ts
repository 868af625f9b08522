import { type Clock, systemClock } from '@data-weaver/contracts'
import { expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const clock: Clock = { ...systemClock, now: () => now }

it.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': ' 0.25 ' }, 250],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
  // The source's clock is an hour behind ours: the date is meant by its clock.
  [{ 'retry-after': 'Sun, 01 Mar 2026 11:00:30 GMT', date: 'Sun, 01 Mar 2026 11:00:00 GMT' }, 30_000],
  [{ 'x-ratelimit-reset': String(now / 1000 + 12) }, 12_000],
  [{ 'x-ratelimit-reset': String(now + 1500) }, 1500],
  [{ 'x-ratelimit-reset': '45' }, 45_000],
  [{ 'x-ratelimit-reset': '2026-03-01T12:05:00.000Z' }, 300_000],
  [{ 'ratelimit-reset': '3' }, 3000],
  [{ 'retry-after': 'soon', 'x-ratelimit-reset': '4' }, 4000],
  [{ 'retry-after': '1', 'x-ratelimit-reset': '4' }, 1000],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': '9'.repeat(22) }, undefined],
  [{ 'retry-after': '9'.repeat(400), 'x-ratelimit-reset': '4' }, 4000],
  [{}, undefined],
])('%j means %s ms', (headers, expected) => {
  expect(retryAfterMs(headers, clock)).toBe(expected)
})
