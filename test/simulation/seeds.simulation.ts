import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { Outcome } from './simulate.ts'
import { simulateMany } from './threads.ts'

/** As many as are promised, and where the seeds begin. */
const count = 10_000
const first = 1
/** How long all of them may take, milliseconds: a limit of the test, no measurement. Four idle cores need a tenth of it. */
const limitMs = 420_000
const mostShown = 3
const shownLines = 40

/** What to read of seeds that failed: what is wrong, the end of what happened, and how to see it all. */
const report = (failed: readonly Outcome[]): string =>
  failed
    .slice(0, mostShown)
    .map(({ seed, violations, tail }) =>
      [
        `seed ${seed} failed; replay it with: pnpm simulate --seed ${seed}`,
        ...violations.map(({ kind, what }) => `  ${kind}: ${what}`),
        ...tail.slice(-shownLines).map((line) => `    ${line}`),
      ].join('\n'),
    )
    .join('\n')

const isBad = ({ violations }: Outcome): boolean => violations.length > 0

test(
  `${count} stories of crashes, pauses, lost lines and stops: nothing is lost, doubled, stale or stuck`,
  async () => {
    const outcomes = await simulateMany({ first, count })
    expect(report(outcomes.filter(isBad))).toBe('')
    expect(outcomes).toHaveLength(count)
    // Stories that are all alike would prove little.
    expect(new Set(outcomes.map(({ hash }) => hash)).size).toBe(count)
  },
  limitMs,
)

test('a seed tells the same story every time, in whatever thread and after whatever other stories', async () => {
  const hashes = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ seed, hash }) => `${seed} ${hash}`)
  const together = hashes(await simulateMany({ first: 100, count: 60, threads: Math.min(3, availableParallelism()) }))
  const alone = await Promise.all([100, 123, 159].map((seed) => simulateMany({ first: seed, count: 1 })))
  expect(together).toEqual(expect.arrayContaining([...hashes(alone.flat())]))
})

describe('a broken product is found', () => {
  test.each([
    ['with fencing off: what is stale counts', { fencing: false }, 'stale'],
    ['with the reconciler off: what is lost stays lost', { mutant: 'reconciler off' }, 'unsettled'],
    ['with random ids of results: a page is committed twice', { mutant: 'random result ids' }, 'doubled'],
    ['with random ids of documents: a record has no document of its id', { mutant: 'random document ids' }, 'lost'],
    ['with acknowledging before the upsert: what was acknowledged is not there', { mutant: 'acknowledge before upsert' }, 'lost'],
  ] as const)(
    '%s',
    async (_what, broken, kind) => {
      const shows = ({ violations }: Outcome): boolean => violations.some((violation) => violation.kind === kind)
      const outcomes = await simulateMany({ first, count, enough: shows, ...broken })
      expect(outcomes.some(shows)).toBe(true)
    },
    limitMs,
  )
})
