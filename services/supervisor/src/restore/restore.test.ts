import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@data-weaver/contracts'
import { type Api, httpStream, startApi } from '../../test/harness.ts'
import { claimTick, commitPage, endRun } from '../../test/play-worker.ts'
import { Catalogue } from '../catalogue/keep.ts'
import { purgeStreams } from '../purging.ts'
import { restoreLedger } from './restore.ts'

const { signal } = new AbortController()

let before: Api
let after: Api
beforeAll(async () => {
  ;[before, after] = await Promise.all([startApi(), startApi()])
})
afterAll(async () => {
  await before[Symbol.asyncDispose]()
  await after[Symbol.asyncDispose]()
})

/** A stream with one result, which the catalogue names. */
async function catalogued(name: string): Promise<{ readonly id: string; readonly resultId: string }> {
  const { id } = (await before.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 } }))).json
  await before.call('POST', `/v1/streams/${id}/start`)
  const run = await claimTick(before, id)
  const { resultId } = await commitPage(before, run, `of ${name} ${id}`, { records: [{ id: 'a' }] })
  await endRun(before, run)
  const { ledger, parts } = before
  expect(await new Catalogue({ ledger, store: parts.store, clock: systemClock, log: parts.log }).write(signal)).toBeGreaterThan(0)
  return { id, resultId }
}

describe('a ledger that is made again from the store', () => {
  it('has nothing of what was purged, though files from before name it, and two streams that had one name after the other', async () => {
    const { ledger, parts, databaseUrl } = before
    const [gone, again] = [before.name('gone'), before.name('again')]
    const purged = await catalogued(gone)
    const deletion = before.call('DELETE', `/v1/streams/${gone}?purge=true`)
    const purging = { ledger, store: parts.store, sinks: {}, ledgerUrl: databaseUrl, clock: systemClock, log: parts.log }
    await expect.poll(async () => await purgeStreams(purging, signal)).toBe(1)
    expect((await deletion).status).toBe(204)
    // Its name is free: so it may be another one's by now.
    const heir = await catalogued(gone)
    const first = await catalogued(again)
    expect((await before.call('DELETE', `/v1/streams/${again}`)).status).toBe(204)
    const second = await catalogued(again)

    const told: string[] = []
    const restore = async (dryRun: boolean) =>
      await restoreLedger({ ledger: after.ledger, store: parts.store, tell: (line) => told.push(line) }, { dryRun }, signal)
    const counts = { gone: 0, unknown: 0 }
    expect(await restore(true)).toMatchObject(counts)
    expect((await after.call('GET', '/v1/streams')).json.items).toEqual([])
    expect(await restore(false)).toMatchObject({
      ...counts,
      results: new Map([
        [heir.id, 1],
        [first.id, 1],
        [second.id, 1],
      ]),
    })
    const { items } = (await after.call('GET', '/v1/streams')).json
    expect(new Map(items.map(({ id, name }) => [id, name]))).toEqual(
      new Map([
        [heir.id, gone],
        [first.id, `${again}-${first.id.slice(-8)}`],
        [second.id, again],
      ]),
    )
    const status = async (resultId: string) => (await after.call('GET', `/v1/results/${resultId}`)).status
    for (const { resultId } of [heir, first, second]) expect(await status(resultId)).toBe(200)
    expect(await status(purged.resultId)).toBe(404)
    expect(told.join('\n')).not.toContain(purged.id)
    // Again it changes nothing.
    expect((await restore(false)).results).toEqual(new Map())
  })
})
