import { fileURLToPath } from 'node:url'
import type { Adapter } from '@data-weaver/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { differences, type Fixture, outcomesOf, readFixtures } from './golden.ts'

/**
 * Plays the recorded pages of a folder and compares what comes of them with their golden files: call it in a test file of your own, with
 * `new URL('fixtures/', import.meta.url)`. A golden file is written by `weaver adapter test <id> --update`.
 */
export function describeFixtures(adapter: Adapter, folder: URL): void {
  describe(`recorded pages of ${adapter.id}`, () => {
    let fixtures: readonly Fixture[] = []
    beforeAll(async () => {
      fixtures = await readFixtures(fileURLToPath(folder))
    })

    it('are there, each with a golden file', () => {
      expect(fixtures.length, `${folder.pathname} has no <name>.page.json`).toBeGreaterThan(0)
      const without = fixtures.filter(({ golden }) => golden === undefined).map(({ name }) => name)
      expect(without, `write them with: weaver adapter test ${adapter.id} --update`).toEqual([])
    })

    it('become the documents of their golden files', () => {
      const amiss = fixtures.flatMap((fixture) =>
        differences(fixture.golden ?? [], outcomesOf(adapter, fixture)).map((difference) => `${fixture.name}: ${difference}`),
      )
      expect(amiss, `when it should be so: weaver adapter test ${adapter.id} --update`).toEqual([])
    })

    it('become at least one document', () => {
      const documents = fixtures.flatMap((fixture) => outcomesOf(adapter, fixture)).filter((outcome) => 'fields' in outcome)
      expect(documents.length).toBeGreaterThan(0)
    })
  })
}
