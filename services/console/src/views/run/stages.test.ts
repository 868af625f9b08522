import { expect, it } from 'vitest'
import type { Delivery, Result, Run } from '../../api/resources.ts'
import { stages } from './stages.ts'

const time = (ms: number): string => new Date(ms).toISOString()
const run = (more: Partial<Run>): Run =>
  ({ tick: time(1000), createdAt: time(1010), startedAt: null, fetchedAt: null, finishedAt: null, ...more }) as Partial<Run> as Run
const page = (part: number, received: number, durationMs: number, stored: number): Result =>
  ({ id: `r${part}`, part, createdAt: time(stored), response: { receivedAt: time(received), durationMs } }) as unknown as Result
const delivery = (from: number, until: number | null, transformMs: number | null): Delivery =>
  ({
    ...{ sink: 'postgres', position: 0, state: until === null ? 'pending' : 'done', transformMs },
    ...{ createdAt: time(from), finishedAt: until === null ? null : time(until) },
  }) as Partial<Delivery> as Delivery

it('has a line for each step, in order, over one stretch of time', () => {
  const ended = run({ startedAt: time(1100), fetchedAt: time(1400), finishedAt: time(1500) })
  const delivered = { ...page(0, 1300, 150, 1400), deliveries: [delivery(1400, 1500, 20)] }
  const { begin, end, lines } = stages(ended, [delivered], 9999)
  expect(lines.map(({ label, from, until, open }) => [label, from, until, open])).toEqual([
    ['Wait for a worker', 1000, 1100, false],
    ['Fetch', 1150, 1300, false],
    ['Store', 1300, 1400, false],
    ['Transform', 1400, 1420, false],
    ['To postgres', 1420, 1500, false],
  ])
  expect([begin, end]).toEqual([1000, 1500])
})

it('goes on to now where a step is not over', () => {
  expect(stages(run({}), [], 3000).lines).toMatchObject([{ label: 'Wait for a worker', until: 3000, open: true }])
  const running = stages(run({ startedAt: time(1100) }), [], 3000)
  expect(running.lines.at(-1)).toMatchObject({ label: 'Fetch', from: 1100, until: 3000, open: true })
})

it('draws what is on its way to a sink, and nothing that was delivered again later', () => {
  const later = { ...page(0, 1300, 150, 1400), deliveries: [delivery(1400, null, null), delivery(500_000, 600_000, 1)] }
  const { lines } = stages(run({ startedAt: time(1100) }), [later], 3000)
  expect(lines.at(-1)).toMatchObject({ label: 'To postgres', kind: 'sink', from: 1400, until: 3000, open: true })
  expect(lines).toHaveLength(4)
})

it('never ends a step before it begins, whatever the clocks say', () => {
  const { lines } = stages(run({ startedAt: time(900), finishedAt: time(950) }), [page(0, 1300, 10, 1200)], 2000)
  expect(lines.every(({ from, until }) => until >= from)).toBe(true)
})

it('draws the first pages of many, and says how many are left', () => {
  const pages = Array.from({ length: 25 }, (_, part) => page(part, 1200 + part, 1, 1300 + part))
  const { lines, left } = stages(run({ startedAt: time(1100), finishedAt: time(2000) }), pages, 3000)
  expect([lines.length, left]).toEqual([1 + 40, 5])
})
