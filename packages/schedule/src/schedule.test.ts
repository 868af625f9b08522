import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { nextTick, tickAt, ticksBetween, validateSchedule } from './index.ts'

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
    expect(ticksBetween({ every: 1000 }, 0, 1000, 4000, 2)).toEqual({ ticks: [2000, 3000], count: 3 })
    expect(ticksBetween({ every: 1000 }, 0, 1000, 1999, 2)).toEqual({ ticks: [], count: 0 })
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
  expect(ticksBetween({ manual: true }, 0, 0, 1e12, 5)).toEqual({ ticks: [], count: 0 })
})
