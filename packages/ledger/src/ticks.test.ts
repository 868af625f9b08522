import { describe, expect, test } from 'vitest'
import { missingTicks, planTicks, type TickingStream } from './ticks.ts'

const stream: TickingStream = {
  id: 's',
  desired: 'started',
  schedule: { every: 1000 },
  catchUp: null,
  anchor: 0,
  accountedUntil: 0,
  jitterMs: 0,
  openStretch: null,
}

describe('what is missing', () => {
  const stretches = (ran: number[], until: number) => missingTicks(stream, until, ran).map(({ tick, last, count }) => [tick, last, count])

  test('one stretch between runs', () => {
    expect(stretches([3000, 4000], 7000)).toEqual([
      [1000, 2000, 2],
      [5000, 7000, 3],
    ])
  })

  test('nothing when all ran', () => {
    expect(stretches([1000, 2000, 3000], 3999)).toEqual([])
  })

  test('a long stretch costs as little as a short one', () => {
    expect(stretches([], 1e14)).toEqual([[1000, 1e14, 1e11]])
  })
})

describe('the plan', () => {
  test('a stretch that goes on is the same one', () => {
    const open = { id: 'row', reason: 'noWorker' as const }
    const going = { ...stream, accountedUntil: 5000, openStretch: open }
    expect(planTicks(going, 8000, 8000, [], 'noWorker')).toMatchObject({
      extends: 'row',
      staysOpen: true,
      stretches: [{ tick: 6000, count: 3 }],
    })
    expect(planTicks(going, 8000, 8000, [6000], 'noWorker').extends).toBeNull()
    expect(planTicks(going, 8000, 8000, [], 'outage').extends).toBeNull()
    expect(planTicks(going, 8000, 8000, [8000], 'noWorker').staysOpen).toBe(false)
  })

  test('catching up: all in the window, or only the latest', () => {
    const all = planTicks({ ...stream, catchUp: { window: 3500, runs: 'all' } }, 10_000, 10_000, [9000], 'outage')
    expect(all.toRun).toEqual([7000, 8000, 10_000])
    expect(all.stretches).toEqual([{ tick: 1000, last: 6000, count: 6 }])
    const latest = planTicks({ ...stream, catchUp: { window: 3500, runs: 'latest' } }, 10_000, 9500, [], 'outage')
    expect(latest.toRun).toEqual([9000])
    expect(latest.stretches).toEqual([{ tick: 1000, last: 8000, count: 8 }])
    expect(planTicks({ ...stream, catchUp: { window: 3500, runs: 'latest' } }, 100_000, 9500, [], 'outage').toRun).toEqual([])
  })

  test('a paused stream catches up with nothing', () => {
    const paused = { ...stream, desired: 'paused' as const, catchUp: { window: 60_000, runs: 'all' as const } }
    expect(planTicks(paused, 3000, 3000, [], 'paused')).toMatchObject({ toRun: [], stretches: [{ count: 3 }] })
  })

  test('a tick that is put off is not missed before its time', () => {
    expect(planTicks({ ...stream, jitterMs: 600 }, 2500, 2500, [], 'notInTime').stretches).toMatchObject([{ tick: 1000, count: 1 }])
  })
})
