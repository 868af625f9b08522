import { expect, it } from 'vitest'
import type { Tick } from '../../api/resources.ts'
import { dayOf, hoursOf, localDay, shiftDay } from './tick-hours.ts'

const day = '2026-03-05'
const at = (hour: number, minute = 0): string => new Date(Date.parse(dayOf(day).since) + (hour * 60 + minute) * 60_000).toISOString()
const tick = (from: string, more: Partial<Tick> = {}): Tick => ({
  ...{
    tick: from,
    until: from,
    ticks: 1,
    outcome: 'ran',
    reason: null,
    latenessMs: 5,
    trigger: 'schedule',
    runId: 'a',
    state: 'succeeded',
  },
  ...more,
})

it('counts ticks by the hour in which they were due', () => {
  const hours = hoursOf([tick(at(3)), tick(at(3, 59)), tick(at(4), { state: 'failed' })], day)
  expect(hours).toHaveLength(24)
  expect(hours[3]?.shares).toEqual([{ mood: 'good', what: 'succeeded', ticks: 2 }])
  expect(hours[4]?.shares).toEqual([{ mood: 'bad', what: 'failed', ticks: 1 }])
})

it('tells what ran late apart', () => {
  const late = tick(at(3), { latenessMs: 7_200_000, trigger: 'catchUp' })
  expect(hoursOf([tick(at(3)), late, tick(at(3), { state: 'failed', latenessMs: 60_000 })], day)[3]?.shares).toEqual([
    { mood: 'good', what: 'succeeded', ticks: 1 },
    { mood: 'warn', what: 'succeeded late', ticks: 1 },
    { mood: 'bad', what: 'failed late', ticks: 1 },
  ])
})

it('shares a stretch out over its hours, and loses none', () => {
  // Every ten minutes from 1:00 to 3:50.
  const missed = tick(at(1), { until: at(3, 50), ticks: 18, outcome: 'missed', state: 'missed' })
  const hours = hoursOf([missed], day)
  expect(hours.map(({ shares }) => shares[0]?.ticks ?? 0).slice(0, 5)).toEqual([0, 6, 6, 6, 0])
})

it('leaves out what a stretch has on other days', () => {
  const begin = new Date(Date.parse(dayOf(day).since) - 3_600_000).toISOString()
  const hours = hoursOf([tick(begin, { until: at(1), ticks: 3, outcome: 'skipped', state: 'skipped' })], day)
  expect(hours.reduce((sum, { shares }) => sum + (shares[0]?.ticks ?? 0), 0)).toBe(2)
})

it('goes from day to day, over the end of a month', () => {
  expect(shiftDay('2026-02-28', 1)).toBe('2026-03-01')
  expect(shiftDay('2026-03-01', -1)).toBe('2026-02-28')
  expect(localDay(Date.parse(dayOf(day).since))).toBe(day)
  expect(dayOf('nonsense').since).toBe(new Date(0).toISOString())
})
