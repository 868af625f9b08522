import { findVespa, startVespa, type TemporaryFolder, type TestVespa } from '@data-weaver/testkit'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentCheck } from './content.ts'
import { documentPath } from './document.ts'
import { openVespa } from './index.ts'
import { readApplicationPackage } from './schema/schema-file.ts'
import { applicationWith } from './test/application.ts'
import { everyType, everyTypeSchema } from './test/every-type.ts'
import { playEmbeddings, type PlayedEmbeddings } from './test/played-embeddings.ts'
import { doc, docs, never, quick } from './test/played-vespa.ts'
import { rawFields } from './test/stored.ts'
import { openVisitor, type VisitedDocument } from './visit.ts'

const folder = await findVespa()
const place = { namespace: 'weaver', documentType: 'everything' }

/** By name of the field what somebody else writes there. */
const others: Readonly<Record<string, unknown>> = {
  text: 'naive 日本語',
  words: ['a'],
  tags: { a: 1, b: 1 },
  counts: { '5': 4 },
  prices: { x: 1.6 },
  by_number: { '1': 'b' },
  whole: -6,
  tiny: 126,
  large: 9_007_199_254_740_990,
  ratio: 1.6,
  amount: 1.000_000_001e300,
  yes: false,
  link: 'https://example.com/b',
  place: { lat: 35.701, lng: -117.7 },
  places: [{ lat: 1, lng: 2.001 }],
  dense: { values: [1, -2, 0.5, 5] },
  half: { values: [1, 4] },
  bytes: { values: [1, -128, 126] },
  square: { values: [1, 2, 3, 5] },
  sparse: { cells: { a: 1.6 } },
  mixed: { blocks: { a: [1, 3] } },
  cube: { blocks: [{ address: { a: '1', b: 'x' }, values: [1, 3] }] },
  pairs: { cells: [{ address: { a: '1', b: 'y' }, value: 2 }] },
}

describe.skipIf(folder === undefined)('contents of documents in Vespa’s document handler', () => {
  let server: TestVespa
  let application: TemporaryFolder
  let model: PlayedEmbeddings
  beforeAll(async () => {
    application = await applicationWith({ everything: everyTypeSchema })
    server = await startVespa(folder ?? '', application.path)
    model = await playEmbeddings(8)
  }, 300_000)
  afterAll(async () => {
    await model[Symbol.asyncDispose]()
    await server.stop()
    await application.remove()
  })

  const open = (entry: object, environment: object = {}) =>
    openVespa({ ledgerUrl: '', vespaUrl: server.url, ...environment }, { ...place, ...entry } as never, quick)
  const visited = async (): Promise<ReadonlyMap<string, VisitedDocument>> => {
    const visitor = openVisitor({ vespaUrl: server.url })
    try {
      const pages = await Array.fromAsync(visitor.visit(place, never, true))
      return new Map(pages.flatMap(({ documents }) => documents.map((document) => [document.id, document] as const)))
    } finally {
      await visitor.close()
    }
  }
  const change = async (id: string, fields: object) => {
    const assigned = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { assign: value as unknown }]))
    const path = documentPath(place, { tenant: 'default', id })
    const { statusCode, body } = await request(`${server.url}${path}`, { method: 'PUT', body: JSON.stringify({ fields: assigned }) })
    expect([statusCode, await body.text()]).toMatchObject([200, expect.anything()])
  }
  const given = Object.fromEntries(Object.entries(everyType).map(([name, [, value]]) => [name, value])) as never

  it('are the same after every way through Vespa, and others when one field of any type was changed', async () => {
    await server.control({ clear: 1 })
    const names = Object.keys(everyType)
    expect(Object.keys(others)).toEqual(names)
    const fields = Object.fromEntries(names.map((name) => [name, { from: name, type: everyType[name]?.[0] }]))
    const schemas = await readApplicationPackage(application.path)
    const sink = await open({ fields })
    try {
      expect(
        await sink.upsert(
          [...names, 'untouched'].map((name) => doc(name, 1, given)),
          never,
        ),
      ).toEqual([])
    } finally {
      await sink.close()
    }
    const stated = contentCheck([{ ...place, fields } as never])
    const byPackage = contentCheck([{ ...place, fields: Object.fromEntries(names.map((name) => [name, name])) }], schemas)
    for (const check of [stated, byPackage])
      for (const [id, { stored }] of await visited()) expect([id, check(stored)]).toEqual([id, false])
    for (const name of names) await change(name, { [name]: others[name] })
    const after = await visited()
    for (const check of [stated, byPackage])
      for (const [id, { stored }] of after) expect([id, check(stored)]).toEqual([id, id !== 'untouched'])
    for (const name of names) await change(name, { [name]: null })
    const emptied = await visited()
    for (const [id, { stored }] of emptied) expect([id, stated(stored)]).toEqual([id, id !== 'untouched'])
  })

  it('are compared without types as far as Vespa keeps the spelling', async () => {
    await server.control({ clear: 1 })
    const plain = ['text', 'words', 'prices', 'by_number', 'whole', 'large', 'ratio', 'amount', 'yes']
    const sink = await open({ fields: Object.fromEntries(plain.map((name) => [name, name])) })
    const numbers = { ...(given as object), ratio: 0.123_456_789_012, large: 1_772_712_001_234 } as never
    try {
      expect(
        await sink.upsert(
          [...plain, 'untouched'].map((name) => doc(name, 1, numbers)),
          never,
        ),
      ).toEqual([])
    } finally {
      await sink.close()
    }
    const check = contentCheck([{ ...place, fields: Object.fromEntries(plain.map((name) => [name, name])) }])
    for (const [id, { stored }] of await visited()) expect([id, check(stored)]).toEqual([id, false])
    for (const name of plain) await change(name, { [name]: name === 'large' ? 1_772_712_001_235 : others[name] })
    for (const [id, { stored }] of await visited()) expect([id, check(stored)]).toEqual([id, id !== 'untouched'])
  })

  it('are others when their text, their lineage or a vector was changed; who wrote without a hash is believed', async () => {
    await server.control({ clear: 1 })
    const fields = {
      text: 'title',
      vector: { embed: 'title', type: 'tensor<float>(x[8])' },
      parts: { embed: 'list', type: 'tensor<bfloat16>(part{},x[8])' },
    }
    const environment = { embedding: { url: model.url, token: 'the-key' } }
    const sink = await open({ fields, embedding: { model: 'small' } }, environment)
    const ids = ['untouched', 'vector', 'part', 'fields', 'run', 'gone', 'of before']
    const one = { title: 'A title', list: ['one', 'two', 'three'], more: 1 }
    try {
      expect(
        await sink.upsert(
          ids.map((id) => doc(id, 1, one)),
          never,
        ),
      ).toEqual([])
      const check = contentCheck([{ ...place, fields }])
      for (const [id, { stored }] of await visited()) expect([id, check(stored)]).toEqual([id, false])
      await change('vector', { vector: { values: [1, 2, 3, 4, 5, 6, 7, 9] } })
      await change('part', { parts: { blocks: { '0': [1, 2, 3, 4, 5, 6, 7, 9] } } })
      await change('fields', { weaver_fields: JSON.stringify({ ...one, more: 2 }) })
      await change('run', { weaver_run_id: '00000000-0000-4000-8000-999999999999' })
      await change('gone', { vector: null })
      await change('of before', { weaver_content: null })
      for (const [id, { stored }] of await visited()) expect([id, check(stored)]).toEqual([id, !['untouched', 'of before'].includes(id)])

      // Made older, they are written again by the same write, with the vectors of their texts.
      const changed = [...(await visited()).values()].filter(({ stored }) => check(stored))
      const visitor = openVisitor({ vespaUrl: server.url })
      await visitor.outdate(place, [...changed, { ...(changed[0] as VisitedDocument), id: 'never there' }], never)
      await visitor.close()
      expect(
        await sink.upsert(
          ids.map((id) => doc(id, 1, one)),
          never,
        ),
      ).toEqual([])
      const mended = await visited()
      expect([...mended.keys()].toSorted()).toEqual(ids.toSorted())
      for (const [id, { stored, record }] of mended) expect([id, check(stored), record]).toEqual([id, false, 0])
      const same = await rawFields(server.url, place, { tenant: 'default', id: 'untouched' })
      expect(await rawFields(server.url, place, { tenant: 'default', id: 'vector' })).toMatchObject({ vector: same?.['vector'] })
    } finally {
      await sink.close()
    }
  })

  it('are not made older when something newer was written meanwhile', async () => {
    await server.control({ clear: 1 })
    const sink = await open({ fields: {} })
    try {
      await sink.upsert([doc('one', 1, { n: 1 })], never)
      const before = [...(await visited()).values()]
      await sink.upsert([doc('one', 2, { n: 2 })], never)
      const visitor = openVisitor({ vespaUrl: server.url })
      await visitor.outdate(place, before, never)
      await visitor.close()
      expect((await visited()).get('one')).toMatchObject({ seq: 2, record: 0 })
    } finally {
      await sink.close()
    }
  })

  it('are visited in smaller pages where they do not fit into one', { timeout: 60_000 }, async () => {
    await server.control({ clear: 1 })
    const sink = await open({ fields: {} })
    try {
      const large = docs(60).map((each) => ({ ...each, fields: { text: 'x'.repeat(400_000) } }))
      expect(await sink.upsert(large, never)).toEqual([])
      expect((await visited()).size).toBe(60)
    } finally {
      await sink.close()
    }
  })
})
