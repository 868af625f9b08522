import { describe, expect, test } from 'vitest'
import type { Kind, Violation } from './oracle.ts'
import { deathScenario, sleeperScenario } from './scenarios.ts'

/** A broken product must be seen to be broken, by what this fault of it does and not by something else. */
function expectRed(violations: readonly Violation[], ...kinds: readonly Kind[]): void {
  expect(violations).not.toEqual([])
  expect(violations.map(({ kind }) => kind)).toEqual(expect.arrayContaining([...kinds]))
}

/** What is red is red soon. */
const soon = { limitMs: 20_000 }

describe.concurrent('the suite turns red', () => {
  test('with fencing off: a worker that slept commits what is stale', async () => {
    const { violations } = await sleeperScenario({ ...soon, mutant: 'fencing off' })
    expectRed(violations, 'doubled')
  })

  test('with the reconciler off: what a dead worker held stays as it was', async () => {
    const { violations } = await deathScenario('fetch.committed', 3, { ...soon, mutant: 'reconciler off' })
    expectRed(violations, 'unsettled')
  })

  test('with random ids of results and documents: a record becomes several documents', async () => {
    const { violations } = await deathScenario('sink.upserted', 1, { ...soon, mutant: 'random ids' })
    expectRed(violations, 'doubled')
  })

  test('with acknowledging before the upsert: a death in between loses records', async () => {
    const { violations } = await deathScenario('sink.acknowledged', 6, { ...soon, mutant: 'acknowledge before upsert' })
    expectRed(violations, 'lost')
  })
})
