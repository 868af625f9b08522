import { type Clock, systemClock } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'
import { claimTick, commitPage, endRun } from '../test/play-worker.ts'
import { keepPurging, purgeStreams, type PurgingParts } from './purging.ts'

const { signal } = new AbortController()

let api: Api
let parts: PurgingParts
beforeAll(async () => {
  api = await startApi()
  const { store, log } = api.parts
  parts = { ledger: api.ledger, store, sinks: {}, ledgerUrl: api.databaseUrl, clock: systemClock, log }
})
afterAll(async () => await api[Symbol.asyncDispose]())

const make = async (name: string): Promise<string> => {
  const { id } = (await api.call('POST', '/v1/streams', httpStream(name, { schedule: { every: 100 } }))).json
  await api.call('POST', `/v1/streams/${id}/start`)
  return id
}
/** A stream with two pages, of which the second has a record that was refused. */
async function played(name: string): Promise<{ runId: string; pages: readonly { resultId: string; key: string }[] }> {
  const run = await claimTick(api, await make(name))
  const pages = [
    await commitPage(api, run, 'page 0', { records: [{ id: 'a' }] }),
    await commitPage(api, run, 'page 1', { part: 1, records: [{ id: 'b' }, { id: 'c' }], refused: 1 }),
  ]
  await endRun(api, run)
  return { runId: run.id, pages }
}
const stored = async () => new Set((await Array.fromAsync(api.parts.store.list('results/', signal))).map(({ key }) => key))
const documents = async (stream: string) => (await api.call('GET', `/v1/documents?stream=${stream}`)).json.items.length
const openLetters = async () => (await api.call('GET', '/v1/dead-letters')).json.items.map(({ stream }) => stream as string)

describe('a stream that is deleted', () => {
  it('keeps its results and documents; what was refused of it is settled', async () => {
    const name = api.name('kept')
    const { pages } = await played(name)
    expect(await openLetters()).toContain(name)
    expect((await api.call('DELETE', `/v1/streams/${name}`)).status).toBe(204)
    expect(await purgeStreams(parts, signal)).toBe(0)
    const keys = await stored()
    expect(pages.every(({ key }) => keys.has(key))).toBe(true)
    expect(await documents(name)).toBe(2)
    expect(await openLetters()).not.toContain(name)
  })

  it('loses bodies, results and documents when that is wished, and nothing else does', async () => {
    const name = api.name('purged')
    const other = await played(api.name('other'))
    const { runId, pages } = await played(name)
    const dryRun = { action: 'delete', filter: { names: [name] }, purge: true, dryRun: true }
    expect((await api.call('POST', '/v1/streams/actions', dryRun)).json).toMatchObject({ streams: 1, purged: { results: 2, bytes: 12 } })
    const deletion = api.call('DELETE', `/v1/streams/${name}?purge=true`)
    // The answer waits for the purge; meanwhile another stream may have the name.
    await expect.poll(async () => await purgeStreams(parts, signal)).toBe(1)
    expect((await deletion).status).toBe(204)
    const keys = await stored()
    expect(pages.some(({ key }) => keys.has(key))).toBe(false)
    expect(other.pages.every(({ key }) => keys.has(key))).toBe(true)
    for (const { resultId } of pages) expect((await api.call('GET', `/v1/results/${resultId}`)).status).toBe(404)
    expect((await api.call('GET', `/v1/results/${other.pages[0]?.resultId}`)).status).toBe(200)
    expect(await documents(name)).toBe(0)
    expect((await api.call('GET', `/v1/runs/${runId}`)).json).toMatchObject({ pages: 2, documents: 2 })
    expect(await purgeStreams(parts, signal)).toBe(0)
  })

  it('is purged without a document of the stream that has its name now', async () => {
    const name = api.name('again')
    await played(name)
    const { id } = (await api.call('POST', '/v1/streams/actions', { action: 'delete', filter: { names: [name] }, purge: true })).json
    while ((await api.ledger.operations.applyNext()) !== undefined);
    const operation = async () => (await api.call('GET', `/v1/operations/${id}`)).json
    await api.ledger.operations.look()
    expect(await operation()).toMatchObject({ state: 'waiting', scope: { purge: true } })
    await played(name)
    expect(await purgeStreams(parts, signal)).toBe(1)
    await api.ledger.operations.look()
    expect(await operation()).toMatchObject({ state: 'completed' })
    expect(await documents(name)).toBe(2)
  })

  it('waits for a worker that still has a run of it in its hands', async () => {
    const name = api.name('held')
    const id = await make(name)
    const run = await claimTick(api, id)
    await commitPage(api, run, 'page', { records: [{ id: 'a' }] })
    await api.call('POST', '/v1/streams/actions', { action: 'delete', filter: { names: [name] }, purge: true })
    while ((await api.ledger.operations.applyNext()) !== undefined);
    expect(await purgeStreams(parts, signal)).toBe(0)
    await endRun(api, run)
    expect(await purgeStreams(parts, signal)).toBe(1)
  })

  it('is purged later when the store fails, and purge belongs to no other act', async () => {
    const name = api.name('later')
    const { pages } = await played(name)
    await api.call('POST', '/v1/streams/actions', { action: 'delete', filter: { names: [name] }, purge: true })
    while ((await api.ledger.operations.applyNext()) !== undefined);
    const waits: number[] = []
    const stop = new AbortController()
    let broken = true
    const clock: Clock = {
      ...systemClock,
      sleep: async (ms) => {
        waits.push(ms)
        if (broken) broken = false
        else stop.abort()
      },
    }
    const { store } = parts
    const failing: typeof store = {
      ...store,
      put: async (...given) => await store.put(...given),
      delete: (keys: readonly string[], own: AbortSignal) => (broken ? Promise.reject(new Error('down')) : store.delete(keys, own)),
    }
    await keepPurging({ ...parts, clock, store: failing }, stop.signal)
    expect(waits).toEqual([30_000, 2000])
    expect((await stored()).has(pages[0]?.key ?? '')).toBe(false)
    const refused = await api.call('POST', '/v1/streams/actions', { action: 'stop', filter: {}, purge: true })
    expect([refused.status, refused.json.errors?.[0]?.field]).toEqual([400, 'purge'])
  })
})
