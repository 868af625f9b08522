import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Doc } from '@data-weaver/contracts'
import { eventually, findVespa, startVespa, type TestVespa } from '@data-weaver/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { parseSinkEntries } from '../src/entries.ts'
import { documentPath } from './document.ts'
import { openVespa, type VespaSink } from './index.ts'
import { doc, never, quick } from './test/played-vespa.ts'
import { rawFields, storedDocument } from './test/stored.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))
const shape = {
  namespace: 'weaver',
  documentType: 'earthquake',
  fields: { title: 'title', magnitude: 'magnitude', time: 'time', location: { lat: 'latitude', lng: 'longitude' } },
}
const entry = { type: 'vespa', ...shape }
const quake = (id: string, seq: number, more: object = {}): Doc =>
  doc(id, seq, {
    title: 'M 4.2, 12 km NW of Ridgecrest',
    magnitude: 4.2,
    time: 1_700_000_000_123,
    latitude: 35.7,
    longitude: -117.7,
    ...more,
  })
const quakes = (count: number, seq = 1) => Array.from({ length: count }, (_, n) => quake(`quakes:${n}`, seq))

describe.skipIf(folder === undefined)('the vespa sink on Vespa’s document handler', () => {
  let server: TestVespa
  let sink: VespaSink
  const open = (limits: Partial<typeof quick> = {}, fields: object = shape.fields) =>
    openVespa({ ledgerUrl: '', vespaUrl: server.url }, { ...shape, fields } as never, { ...quick, ...limits })
  const written = async () => (await server.control({})).documents

  beforeAll(async () => {
    server = await startVespa(folder ?? '', applicationPackage)
  }, 300_000)
  afterAll(() => server.stop())
  beforeEach(async () => {
    await server.control({ clear: 1, latencyMs: 0, maxPending: 1000 })
    sink = await open()
  })
  afterEach(() => sink.close())

  it('is deployable as it is, and its options are those of an entry', async () => {
    const { stdout } = await promisify(execFile)(`${folder}/validate`, [applicationPackage])
    expect(stdout).toMatch(/^OK$/m)
    expect(parseSinkEntries([entry])).toEqual([entry])
  })

  it('fills mapped fields, a position among them, and a tombstone has none', async () => {
    const one = quake('quakes:1', 1)
    expect(await sink.upsert([one], never)).toEqual([])
    expect(await rawFields(server.url, shape, one)).toMatchObject({
      title: one.fields['title'],
      magnitude: 4.2,
      time: 1_700_000_000_123,
      location: { lat: 35.7, lng: -117.7 },
      weaver_seq: 1,
      weaver_stream: 'played',
      weaver_result_id: one.lineage.resultId,
    })
    expect(await sink.upsert([{ ...one, seq: 2, fields: {}, deleted: true }], never)).toEqual([])
    const tombstone = await rawFields(server.url, shape, one)
    expect(tombstone).toMatchObject({ weaver_deleted: true, weaver_seq: 2 })
    expect(Object.keys(tombstone ?? {}).every((name) => name.startsWith('weaver_'))).toBe(true)
  })

  it('survives a storm of 429s without losing or refusing a document', async () => {
    await server.control({ fault: 'OVERLOAD', times: 500 })
    expect(await sink.upsert(quakes(300), never)).toEqual([])
    expect(await written()).toBe(300)
    expect(sink.statistics().overloads).toBe(500)
    expect((await server.control({})).faults).toBe(0)
  })

  it('finds the pace of a Vespa that takes few operations at once', async () => {
    await server.control({ latencyMs: 5, maxPending: 4 })
    for (let seq = 1; seq <= 3; seq++) expect(await sink.upsert(quakes(300, seq), never)).toEqual([])
    expect(await written()).toBe(300)
    expect((await storedDocument(server.url, shape, 'default', 'quakes:299'))?.seq).toBe(3)
  })

  it('says that Vespa is full, pauses, and goes on when it is not', async () => {
    await server.control({ fault: 'INSUFFICIENT_STORAGE', times: 1 })
    await expect(sink.upsert(quakes(50), never)).rejects.toMatchObject({ code: 'sink_full', retryAfterMs: quick.pauseMs })
    await expect(sink.upsert([quake('paused', 1)], never)).rejects.toMatchObject({ code: 'sink_full' })
    expect(await eventually(() => sink.upsert(quakes(50), never), { what: 'the end of the pause' })).toEqual([])
    // What was asked for in the pause was not even sent: it would be the fifty-first.
    expect(await written()).toBe(50)
  })

  it('refuses the one document that Vespa fails on (500)', async () => {
    await server.control({ fault: 'ERROR', times: 1 })
    const rejections = await sink.upsert(quakes(50), never)
    expect(rejections).toEqual([
      { index: expect.any(Number), code: 'sink_rejected', message: expect.stringContaining('Vespa answered 500: [FAULT]: injected ERROR') },
    ])
    expect(await written()).toBe(49)
  })

  it('refuses a document by Vespa’s own words', async () => {
    const [rejection] = await sink.upsert([quake('quakes:1', 1, { magnitude: 'strong' }), quake('quakes:2', 1)], never)
    expect(rejection).toMatchObject({
      index: 0,
      code: 'sink_rejected',
      message: expect.stringContaining("Could not parse field 'magnitude' of type double"),
    })
    expect(await written()).toBe(1)
  })

  it('tries again what was not done in time (504), a few times', async () => {
    await server.control({ fault: 'TIMEOUT', times: quick.timeouts - 1 })
    expect(await sink.upsert([quake('quakes:1', 1)], never)).toEqual([])
    await server.control({ fault: 'TIMEOUT', times: 100 })
    await expect(sink.upsert([quake('quakes:2', 1)], never)).rejects.toMatchObject({ code: 'sink_unavailable' })
  })

  it('leaves a document alone that somebody else wrote', async () => {
    const theirs = { title: 'theirs' }
    const one = quake('quakes:1', 1)
    const put = await request(`${server.url}${documentPath(shape, one)}`, { method: 'POST', body: JSON.stringify({ fields: theirs }) })
    await put.body.dump()
    expect(await sink.upsert([one], never)).toMatchObject([{ index: 0, message: expect.stringContaining('did not write') }])
    expect(await rawFields(server.url, shape, one)).toEqual(theirs)
  })

  it('heeds an abort while Vespa hangs, and the batch comes again', async () => {
    server.freeze()
    const controller = new AbortController()
    const reason = new Error('stopped')
    const upserted = sink.upsert(quakes(100), controller.signal)
    await eventually(() => sink.statistics().inFlight > 0, { what: 'operations under way' })
    controller.abort(reason)
    await expect(upserted).rejects.toBe(reason)
    expect(sink.statistics().inFlight).toBe(0)
    server.resume()
    expect(await sink.upsert(quakes(100), never)).toEqual([])
    expect(await written()).toBe(100)
  })

  it('waits with its documents until the schema is there, and says what is missing', async () => {
    await expect(open({}, { strength: 'magnitude' })).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining("Field 'strength' is not defined"),
    })
    const missing = openVespa({ ledgerUrl: '', vespaUrl: server.url }, { ...shape, documentType: 'nope' }, quick)
    await expect(missing).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining('Document type nope does not exist'),
    })
  })

  it('is for later when Vespa is gone', async () => {
    const own = await startVespa(folder ?? '', applicationPackage)
    const lonely = await openVespa({ ledgerUrl: '', vespaUrl: own.url }, shape, quick)
    try {
      expect(await lonely.upsert(quakes(10), never)).toEqual([])
      await own.stop()
      await expect(lonely.upsert(quakes(10, 2), never)).rejects.toMatchObject({
        code: 'sink_unavailable',
        message: expect.stringContaining('ECONNREFUSED'),
      })
    } finally {
      await lonely.close()
      await own.stop()
    }
  })
})
