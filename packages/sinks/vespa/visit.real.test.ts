import { fileURLToPath } from 'node:url'
import { findVespa, startTcpProxy, startVespa, type TestVespa } from '@data-weaver/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'undici'
import { openVespa } from './index.ts'
import { doc, docs, never, quick } from './test/played-vespa.ts'
import { rawFields } from './test/stored.ts'
import { openVisitor, type VisitedDocument } from './visit.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))
const place = { namespace: 'weaver', documentType: 'weaver' }

describe.skipIf(folder === undefined)('a visit of Vespa’s document handler', () => {
  let server: TestVespa
  beforeAll(async () => {
    server = await startVespa(folder ?? '', applicationPackage)
  }, 300_000)
  afterAll(() => server.stop())
  beforeEach(async () => void (await server.control({ clear: 1, latencyMs: 0, maxPending: 1000 })))

  const write = async (written: ReturnType<typeof docs>, more: object = {}) => {
    const sink = await openVespa({ ledgerUrl: '', vespaUrl: server.url }, { ...place, fields: {}, ...more } as never, quick)
    expect(await sink.upsert(written, never)).toEqual([])
    await sink.close()
  }
  const visited = async (vespaUrl = server.url) => {
    const visitor = openVisitor({ vespaUrl })
    try {
      const pages = await Array.fromAsync(visitor.visit(place, never))
      return {
        documents: pages.flatMap(({ documents }): readonly VisitedDocument[] => documents),
        foreign: pages.reduce((sum, page) => sum + page.foreign, 0),
      }
    } finally {
      await visitor.close()
    }
  }

  it('meets every document once, tombstones among them, and none of another type or namespace', { timeout: 120_000 }, async () => {
    const [first, ...others] = docs(3000)
    await write([...others, { ...(first as (typeof others)[number]), seq: 2, deleted: true }])
    await write(docs(10), { documentType: 'earthquake' })
    await write(docs(10), { namespace: 'other' })
    const put = await request(`${server.url}/document/v1/weaver/weaver/docid/theirs`, { method: 'POST', body: '{"fields":{}}' })
    await put.body.dump()
    const { documents, foreign } = await visited()
    expect(new Set(documents.map(({ id }) => id)).size).toBe(3000)
    expect(documents).toHaveLength(3000)
    expect(foreign).toBe(1)
    expect(documents.find(({ id }) => id === 'played:0')).toMatchObject({ deleted: true, seq: 2 })
    expect(documents.find(({ id }) => id === 'played:7')).toMatchObject({
      tenant: 'default',
      deleted: false,
      seq: 1,
      transformVersion: 1,
      record: 0,
    })
    expect(documents[0]?.writtenAt).toBeGreaterThan(1_700_000_000)
  })

  it('goes on although the line breaks, and says when it cannot', { timeout: 120_000 }, async () => {
    await write(docs(100))
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    const url = `http://127.0.0.1:${proxy.port}`
    proxy.set('deaf')
    const met = visited(url)
    await new Promise<void>((resolve) => setImmediate(resolve))
    proxy.set('open')
    expect((await met).documents).toHaveLength(100)
    const controller = new AbortController()
    const reason = new Error('stopped')
    controller.abort(reason)
    const visitor = openVisitor({ vespaUrl: url })
    await expect(Array.fromAsync(visitor.visit(place, controller.signal))).rejects.toBe(reason)
    await visitor.close()
    const nowhere = openVisitor({ vespaUrl: server.url })
    await expect(Array.fromAsync(nowhere.visit({ ...place, documentType: 'nope' }, never))).rejects.toMatchObject({
      code: 'sink_unavailable',
    })
    await nowhere.close()
  })

  it('collects tombstones that are still what they were', async () => {
    const [gone, back, newer] = [
      doc('gone', 2, {}, { deleted: true }),
      doc('back', 2, {}, { deleted: true }),
      doc('newer', 2, {}, { deleted: true }),
    ]
    await write([gone, back, newer])
    const { documents } = await visited()
    await write([doc('back', 3), { ...newer, seq: 3 }])
    const visitor = openVisitor({ vespaUrl: server.url })
    await visitor.collect(place, [...documents, { tenant: 'default', id: 'never there', seq: 1 }], never)
    await visitor.close()
    expect(await rawFields(server.url, place, gone)).toBeUndefined()
    expect(await rawFields(server.url, place, back)).toMatchObject({ weaver_deleted: false, weaver_seq: 3 })
    expect(await rawFields(server.url, place, newer)).toMatchObject({ weaver_deleted: true, weaver_seq: 3 })
  })
})
