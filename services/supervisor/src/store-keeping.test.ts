import { randomUUID } from 'node:crypto'
import { type Clock, type LifecycleOutcome, systemClock } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pg from 'pg'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun, type PlayedPage } from '../test/play-worker.ts'
import { collectOrphans, expireResults, keepRules, keepStore, type StoreKeepingParts } from './store-keeping.ts'

const { signal } = new AbortController()
const hour = 3_600_000

let api: Api
let database: pg.Client
let parts: StoreKeepingParts
beforeAll(async () => {
  api = await startApi()
  database = new pg.Client({ connectionString: api.databaseUrl })
  await database.connect()
  parts = { ledger: api.ledger, store: api.parts.store, clock: systemClock, log: api.parts.log }
})
afterAll(async () => {
  await database?.end()
  await api?.[Symbol.asyncDispose]()
})

/** A stream with a run of so many pages, of which each is as old as is said, milliseconds. */
async function played(retainFor: number | null, ages: readonly number[]): Promise<{ name: string; pages: PlayedPage[] }> {
  const name = api.name('kept')
  const { id } = (await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 }, retainFor }))).json
  await api.call('POST', `/v1/streams/${name}/start`)
  const run = await claimTick(api, id)
  const pages: PlayedPage[] = []
  for (const [part, age] of ages.entries()) {
    const page = await commitPage(api, run, `page ${part}`, { part, records: [{ id: part }] })
    await database.query(`update weaver.results set created_at = now() - $2 * interval '1 ms' where id = $1`, [page.resultId, age])
    pages.push(page)
  }
  await endRun(api, run)
  return { name, pages }
}

const bodyOf = async ({ resultId }: PlayedPage) => {
  const { status, json } = await api
    .call('GET', `/v1/results/${resultId}/body`)
    .then((answer) => ({ status: answer.status, json: answer.status === 200 ? undefined : answer.json }))
  return json === undefined ? status : [status, json.code]
}
const keys = async () => new Set((await Array.fromAsync(api.parts.store.list('results/', signal))).map(({ key }) => key))

describe('raw responses', () => {
  it('go when their time is over; what is known about them, and their documents, stay', async () => {
    const { name, pages } = await played(hour, [3 * hour, 2 * hour, 10])
    expect(await expireResults(parts, signal)).toBe(2)
    expect(await Promise.all(pages.map(bodyOf))).toEqual([[410, 'object_expired'], [410, 'object_expired'], 200])
    const stored = await keys()
    expect(pages.map(({ key }) => stored.has(key))).toEqual([false, false, true])
    const results = await Promise.all(pages.map(({ resultId }) => api.call('GET', `/v1/results/${resultId}`)))
    expect(results.map(({ json }) => (json as unknown as { expired: boolean }).expired)).toEqual([true, true, false])
    expect((await api.call('GET', `/v1/documents?stream=${name}`)).json.items).toHaveLength(3)
    expect(await expireResults(parts, signal)).toBe(0)
  })

  it('stay for ever when the stream does not say otherwise, and until they are delivered when it does', async () => {
    const { pages } = await played(null, [1000 * hour])
    const waiting = await played(hour, [4 * hour, 3 * hour, 2 * hour])
    const held = waiting.pages[1] as PlayedPage
    await database.query(`update weaver.deliveries set state = 'held' where result_id = $1`, [held.resultId])
    expect(await expireResults(parts, signal)).toBe(1)
    expect(await Promise.all([...pages, ...waiting.pages].map(bodyOf))).toEqual([200, [410, 'object_expired'], 200, 200])
    await database.query(`update weaver.deliveries set state = 'done' where result_id = $1`, [held.resultId])
    expect(await expireResults(parts, signal)).toBe(2)
  })

  it('of many streams go in steps of any size', async () => {
    const streams = [await played(hour, [2 * hour, 2 * hour, 2 * hour]), await played(hour, [2 * hour]), await played(hour, [2 * hour, 10])]
    const gone: string[] = []
    let after: string | null = null
    do {
      const { expired, next }: Awaited<ReturnType<typeof api.ledger.retention.expire>> = await api.ledger.retention.expire(2, after)
      gone.push(...expired.map(({ key }) => key))
      after = next
    } while (after !== null)
    await api.parts.store.delete(gone, signal)
    const expected = streams.flatMap(({ pages }, index) => pages.slice(0, index === 2 ? 1 : undefined).map(({ key }) => key))
    expect(gone.toSorted()).toEqual(expected.toSorted())
  })

  it('that are gone are not read again by a re-parse', async () => {
    const { name } = await played(hour, [2 * hour, 10])
    await expireResults(parts, signal)
    const preview = await api.call('POST', `/v1/streams/${name}/reparse`, { dryRun: true })
    expect((preview.json as unknown as { results: number }).results).toBe(1)
  })

  it('are kept for an hour at least', async () => {
    const refused = await api.call('POST', '/v1/streams', httpStream(api.name('kept'), { retainFor: hour - 1 }))
    expect([refused.status, refused.json.code]).toEqual([400, 'invalid_request'])
  })
})

describe('objects that no result names', () => {
  const inTwoDays: Clock = { ...systemClock, now: () => systemClock.now() + 48 * hour }

  it('go after a day when a run of this ledger stored them; all others stay', async () => {
    const { pages } = await played(null, [10])
    const [page] = pages as [PlayedPage]
    const orphan = `results/${page.runId}/${randomUUID()}.json`
    const elsewhere = `results/${randomUUID()}/${randomUUID()}.json`
    const foreign = 'results/somebody/else.json'
    for (const key of [orphan, elsewhere, foreign])
      await api.parts.store.put(key, Buffer.from('left'), { contentType: 'text/plain', signal })
    expect(await collectOrphans(parts, signal)).toBe(0)
    expect(await collectOrphans({ ...parts, clock: inTwoDays }, signal)).toBe(1)
    const stored = await keys()
    expect([orphan, elsewhere, foreign, page.key].map((key) => stored.has(key))).toEqual([false, true, true, true])
  })

  it('go when their time is over and they could not be deleted then', async () => {
    const { pages } = await played(hour, [2 * hour])
    const [page] = pages as [PlayedPage]
    const broken = {
      ...parts,
      store: { ...parts.store, delete: async () => await Promise.reject(new Error('not now')) } as typeof parts.store,
    }
    await expect(expireResults(broken, signal)).rejects.toThrow('not now')
    expect([await bodyOf(page), (await keys()).has(page.key)]).toEqual([[410, 'object_expired'], true])
    expect(await collectOrphans({ ...parts, clock: inTwoDays }, signal)).toBe(1)
    expect((await keys()).has(page.key)).toBe(false)
  })

  it('are looked for until the signal aborts', async () => {
    const { pages } = await played(hour, [2 * hour])
    const stop = new AbortController()
    const sleeping: Clock = { ...systemClock, sleep: async () => stop.abort() }
    await keepStore({ ...parts, clock: sleeping }, stop.signal)
    expect(await bodyOf(pages[0] as PlayedPage)).toEqual([410, 'object_expired'])
  })
})

describe('rules by which the store deletes by itself', () => {
  const rules = async (outcome: LifecycleOutcome) => {
    const [asked, said]: [unknown[], string[]] = [[], []]
    const told = new Set<LifecycleOutcome>()
    const expireAfter = async (...[bucket, days]: [string, number | null, AbortSignal]) => {
      asked.push([bucket, days])
      return outcome
    }
    const log = { ...api.parts.log, info: (_fields: object, message: string) => void said.push(message) }
    // A folder has no such rules: this one plays a store that has.
    for (let round = 0; round < 2; round += 1) await keepRules({ ...parts, store: { ...api.parts.store, expireAfter }, log }, told, signal)
    return { asked, said }
  }

  it('come a week behind the ledger, and only while no stream keeps its responses for ever', async () => {
    const { rows } = await database.query(
      `update weaver.stream_versions set spec = jsonb_set(spec, '{retainFor}', '172800000') returning 1`,
    )
    expect(rows.length).toBeGreaterThan(0)
    expect((await rules('set')).asked).toContainEqual(['results', 9])
    await api.call('POST', '/v1/streams', httpStream(api.name('kept'), { retainFor: null }))
    expect((await rules('set')).asked).toContainEqual(['results', null])
  })

  it.each(['unsupported', 'foreign'] as const)('that are %s are told of once', async (outcome) => {
    expect((await rules(outcome)).said).toEqual([expect.stringContaining('lifecycle rules')])
    expect((await rules('set')).said).toEqual([])
  })
})
