import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { anchorAt, jitterOf, nextTick, tickAt, ticksBetween, validateSchedule } from './index.ts'

const at = (iso: string) => Date.parse(iso)

describe('interval', () => {
  test('ticks lie on the grid of the anchor', () => {
    expect(nextTick({ every: 1000 }, 250, 250)).toBe(1250)
    expect(nextTick({ every: 1000 }, 250, 1249)).toBe(1250)
    expect(nextTick({ every: 1000 }, 250, 100)).toBe(250)
  })

  test('wake-ups of one interval stand for one tick', () => {
    expect([1250, 1251, 2249].map((time) => tickAt(1000, 250, time))).toEqual([1250, 1250, 1250])
  })

  test('between: the end counts, the beginning does not', () => {
    expect(ticksBetween({ every: 1000 }, 0, 1000, 4000, 2)).toEqual({ ticks: [2000, 3000], count: 3, last: 4000 })
    expect(ticksBetween({ every: 1000 }, 0, 1000, 1999, 2)).toEqual({ ticks: [], count: 0, last: 1000 })
  })
})

describe('cron', () => {
  test('keeps the local hour over the change to summer time', () => {
    const schedule = { cron: '30 9 * * *', timezone: 'Europe/Madrid' }
    const before = nextTick(schedule, 0, at('2026-03-28T00:00:00Z'))
    const after = nextTick(schedule, 0, at('2026-03-29T00:00:00Z'))
    expect([before, after]).toEqual([at('2026-03-28T08:30:00Z'), at('2026-03-29T07:30:00Z')])
  })

  test('does not begin before its anchor', () => {
    expect(nextTick({ cron: '* * * * *' }, at('2026-01-01T00:05:00Z'), at('2026-01-01T00:00:00Z'))).toBe(at('2026-01-01T00:05:00Z'))
  })

  test('counts what it does not list', () => {
    const { ticks, count } = ticksBetween({ cron: '* * * * *' }, 0, at('2026-01-01T00:00:00Z'), at('2026-01-01T01:00:00Z'), 3)
    expect([ticks.length, count]).toEqual([3, 60])
  })

  test.each([
    [{ cron: 'every day at noon please' }, 'schedule.cron'],
    [{ cron: '99 * * * *' }, 'schedule.cron'],
    [{ cron: '* * * *' }, 'schedule.cron'],
    [{ cron: '* * * * *', timezone: 'Mars/Olympus' }, 'schedule.timezone'],
  ])('%o is refused by field', (schedule, field) => {
    let thrown: unknown
    try {
      validateSchedule(schedule)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(WeaverError)
    expect(thrown).toMatchObject({ code: 'invalid_schedule', errors: [{ field }] })
  })
})

test('a manual schedule has no ticks', () => {
  expect(nextTick({ manual: true }, 0, 0)).toBeNull()
  expect(ticksBetween({ manual: true }, 0, 0, 1e12, 5)).toEqual({ ticks: [], count: 0, last: 0 })
})

describe('bounds', () => {
  const every = { every: 1000, startAt: '2026-01-01T00:00:10Z', endAt: '2026-01-01T00:00:12.500Z' }
  const start = at(every.startAt)

  test('no tick before the start and none after the end', () => {
    const anchor = anchorAt(every, start - 5000)
    expect(anchor).toBe(start)
    expect(ticksBetween(every, anchor, start - 5000, start + 60_000, 10)).toEqual({
      ticks: [start, start + 1000, start + 2000],
      count: 3,
      last: start + 2000,
    })
    expect(nextTick(every, anchor, start + 2000)).toBeNull()
  })

  test('once', () => {
    const once = { at: '2026-01-01T00:00:10Z' }
    expect(nextTick(once, 0, start - 1)).toBe(start)
    expect(nextTick(once, 0, start)).toBeNull()
    expect(nextTick(once, start + 1, 0)).toBeNull()
  })

  test('an end before the start, and a jitter beyond the interval, are refused by name', () => {
    const refused = (schedule: Parameters<typeof validateSchedule>[0]) => {
      try {
        validateSchedule(schedule)
      } catch (error) {
        return error instanceof WeaverError ? error.errors[0]?.field : undefined
      }
      return undefined
    }
    expect(refused({ every: 1000, startAt: '2026-01-02T00:00:00Z', endAt: '2026-01-01T00:00:00Z' })).toBe('schedule.endAt')
    expect(refused({ every: 1000, jitter: 1001 })).toBe('schedule.jitter')
  })
})

test('jitter is the same for a stream at all times, and fills the time evenly for any number of streams', () => {
  const schedule = { every: 60_000, jitter: 60_000 }
  for (const streams of [10, 100, 997]) {
    const offsets = Array.from({ length: streams }, (_, ordinal) => jitterOf(schedule, ordinal + 17)).toSorted((a, b) => a - b)
    const gaps = offsets.slice(1).map((offset, index) => offset - (offsets[index] as number))
    // Chance would leave gaps of several times the mean.
    expect(Math.max(...gaps)).toBeLessThan((60_000 / streams) * 2.7)
  }
  expect(jitterOf(schedule, 5)).toBe(jitterOf(schedule, 5))
})
