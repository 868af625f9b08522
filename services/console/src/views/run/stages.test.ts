import { expect, it } from 'vitest'
import type { Result, Run } from '../../api/resources.ts'
import { stages } from './stages.ts'

const time = (ms: number): string => new Date(ms).toISOString()
const run = (more: Partial<Run>): Run =>
  ({ tick: time(1000), createdAt: time(1010), startedAt: null, fetchedAt: null, finishedAt: null, ...more }) as Partial<Run> as Run
const page = (part: number, received: number, durationMs: number, stored: number): Result =>
  ({ id: `r${part}`, part, createdAt: time(stored), response: { receivedAt: time(received), durationMs } }) as unknown as Result

it('has a line for each step, in order, over one stretch of time', () => {
  const ended = run({ startedAt: time(1100), fetchedAt: time(1400), finishedAt: time(1500) })
  const { begin, end, lines } = stages(ended, [page(0, 1300, 150, 1400)], 9999)
  expect(lines.map(({ label, from, until, open }) => [label, from, until, open])).toEqual([
    ['Wait for a worker', 1000, 1100, false],
    ['Fetch', 1150, 1300, false],
    ['Store', 1300, 1400, false],
    ['Transform, sink', 1400, 1500, false],
  ])
  expect([begin, end]).toEqual([1000, 1500])
})

it('goes on to now where a step is not over', () => {
  expect(stages(run({}), [], 3000).lines).toMatchObject([{ label: 'Wait for a worker', until: 3000, open: true }])
  const running = stages(run({ startedAt: time(1100) }), [], 3000)
  expect(running.lines.at(-1)).toMatchObject({ label: 'Fetch', from: 1100, until: 3000, open: true })
})

it('never ends a step before it begins, whatever the clocks say', () => {
  const { lines } = stages(run({ startedAt: time(900), finishedAt: time(950) }), [page(0, 1300, 10, 1200)], 2000)
  expect(lines.every(({ from, until }) => until >= from)).toBe(true)
})

it('draws the first pages of many, and says how many are left', () => {
  const pages = Array.from({ length: 25 }, (_, part) => page(part, 1200 + part, 1, 1300 + part))
  const { lines, left } = stages(run({ startedAt: time(1100), finishedAt: time(2000) }), pages, 3000)
  expect([lines.length, left]).toEqual([1 + 40 + 1, 5])
})
