import { expect, it } from 'vitest'
import type { Run } from '../api/resources.ts'
import { paceOf } from './pace.ts'

const now = 1_000_000
const run = (secondsAgo: number, documents: number): Run =>
  ({ createdAt: new Date(now - secondsAgo * 1000).toISOString(), documents }) as Partial<Run> as Run

it('counts the last minute', () => {
  expect(paceOf([run(1, 3), run(59, 4), run(61, 100)], false, now)).toEqual({ runs: 2, documents: 7 })
  expect(paceOf([], true, now)).toEqual({ runs: 0, documents: 0 })
})

it('carries a shorter stretch over to a minute where the newest runs do not reach back that far', () => {
  const busy = Array.from({ length: 30 }, (_, index) => run((index + 1) / 2, 2))
  expect(paceOf(busy, false, now)).toEqual({ runs: 120, documents: 240 })
  expect(paceOf(busy, true, now)).toEqual({ runs: 30, documents: 60 })
})
