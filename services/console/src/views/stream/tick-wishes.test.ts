import { expect, it } from 'vitest'
import type { Tick } from '../../api/resources.ts'
import { wishesOf } from './tick-wishes.ts'

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 5, 12, minute)).toISOString()
const tick = (from: number, more: Partial<Tick>): Tick => ({
  ...{ tick: at(from), until: at(from), ticks: 1, outcome: 'missed', reason: 'noWorker', latenessMs: null, trigger: 'schedule' },
  ...{ runId: 'a', state: 'missed' },
  ...more,
})

it('asks for single ticks together and for each stretch by itself, and for nothing that ran', () => {
  expect(
    wishesOf([
      tick(1, {}),
      tick(2, { until: at(8), ticks: 7 }),
      tick(9, { outcome: 'ran', state: 'succeeded' }),
      tick(10, { outcome: 'skipped', state: 'skipped' }),
      tick(11, { until: at(12), ticks: 2, outcome: 'skipped', state: 'skipped' }),
    ]),
  ).toEqual([
    { ticks: [at(1), at(10)] },
    { since: at(2), until: at(8), outcomes: ['missed'] },
    { since: at(11), until: at(12), outcomes: ['skipped'] },
  ])
  expect(wishesOf([tick(9, { outcome: 'inProgress', state: 'running' })])).toEqual([])
})
