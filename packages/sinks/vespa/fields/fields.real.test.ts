import { findVespa, startVespa, type TemporaryFolder, type TestVespa } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openVespa, type VespaSink } from '../index.ts'
import { readApplicationPackage } from '../schema/schema-file.ts'
import { applicationWith } from '../test/application.ts'
import { playEmbeddings, type PlayedEmbeddings, vectorOf } from '../test/played-embeddings.ts'
import { doc, never, quick } from '../test/played-vespa.ts'
import { rawFields } from '../test/stored.ts'

const folder = await findVespa()
const place = { namespace: 'weaver', documentType: 'everything' }

/** By name of the field: its type, and a value with what Vespa answers to a read of it. */
const cases: Readonly<Record<string, readonly [type: string, given: unknown, stored: unknown]>> = {
  text: ['string', 'naïve 日本語', 'naïve 日本語'],
  words: ['array<string>', ['a', 'b'], ['a', 'b']],
  tags: ['weightedset<string>', ['a', 'b', 'a'], { a: 2, b: 1 }],
  counts: ['weightedset<int>', { '5': 3 }, { '5': 3 }],
  prices: ['map<string, double>', { x: 1.5 }, { x: 1.5 }],
  by_number: ['map<int, string>', { '1': 'a' }, { '1': 'a' }],
  whole: ['int', -5, -5],
  tiny: ['byte', 127, 127],
  large: ['long', 9_007_199_254_740_991, 9_007_199_254_740_991],
  ratio: ['float', 1.5, 1.5],
  amount: ['double', 1e300, 1e300],
  yes: ['bool', true, true],
  link: ['uri', 'https://example.com/a', 'https://example.com/a'],
  place: ['position', { type: 'Point', coordinates: [-117.7, 35.7] }, { lat: 35.7, lng: -117.7 }],
  places: ['array<position>', [{ lat: 1, lon: 2 }], [{ lat: 1, lng: 2 }]],
  dense: ['tensor<float>(x[4])', [1, -2, 0.5, 4], { type: 'tensor<float>(x[4])', values: [1, -2, 0.5, 4] }],
  half: ['tensor<bfloat16>(x[2])', [1, 3], { type: 'tensor<bfloat16>(x[2])', values: [1, 3] }],
  bytes: ['tensor<int8>(x[3])', '01807f', { type: 'tensor<int8>(x[3])', values: [1, -128, 127] }],
  square: [
    'tensor<double>(x[2],y[2])',
    [
      [1, 2],
      [3, 4],
    ],
    {
      type: 'tensor(x[2],y[2])',
      values: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  sparse: ['tensor<float>(k{})', { a: 1.5 }, { type: 'tensor<float>(k{})', cells: { a: 1.5 } }],
  mixed: ['tensor<float>(k{},x[2])', { a: [1, 2] }, { type: 'tensor<float>(k{},x[2])', blocks: { a: [1, 2] } }],
  cube: [
    'tensor<float>(a{},b{},x[2])',
    [{ address: { a: '1', b: 'x' }, values: [1, 2] }],
    { type: 'tensor<float>(a{},b{},x[2])', blocks: [{ address: { a: '1', b: 'x' }, values: [1, 2] }] },
  ],
  pairs: [
    'tensor<float>(a{},b{})',
    [{ address: { a: '1', b: 'x' }, value: 2 }],
    { type: 'tensor<float>(a{},b{})', cells: [{ address: { a: '1', b: 'x' }, value: 2 }] },
  ],
}
const everything = `schema everything { document everything inherits weaver {
${Object.entries(cases)
  .map(([name, [type]]) => `  field ${name} type ${type} { indexing: summary }`)
  .join('\n')}
  field vector type tensor<float>(x[8]) { indexing: summary | attribute }
  field parts type tensor<bfloat16>(part{},x[8]) { indexing: summary | attribute }
} }`

describe.skipIf(folder === undefined)('fields of all types on Vespa’s document handler', () => {
  let server: TestVespa
  let application: TemporaryFolder
  let model: PlayedEmbeddings
  const open = (entry: object, environment: object = {}) =>
    openVespa({ ledgerUrl: '', vespaUrl: server.url, ...environment }, { ...place, ...entry } as never, quick)

  beforeAll(async () => {
    application = await applicationWith({ everything })
    server = await startVespa(folder ?? '', application.path)
    model = await playEmbeddings(8)
  }, 300_000)
  afterAll(async () => {
    await model[Symbol.asyncDispose]()
    await server.stop()
    await application.remove()
  })

  it.each([
    ['that the entry states', true],
    ['that the application package states', false],
  ])('are stored as they were given, by types %s', async (_, isStated) => {
    const names = Object.keys(cases)
    const fields = Object.fromEntries(names.map((name) => [name, isStated ? { from: name, type: cases[name]?.[0] } : name]))
    const sink = await open({ fields }, isStated ? {} : { vespaSchemas: await readApplicationPackage(application.path) })
    try {
      const one = doc(`all:${isStated}`, 1, Object.fromEntries(names.map((name) => [name, cases[name]?.[1]])) as never)
      expect(await sink.upsert([one], never)).toEqual([])
      expect(await rawFields(server.url, place, one)).toMatchObject(Object.fromEntries(names.map((name) => [name, cases[name]?.[2]])))
    } finally {
      await sink.close()
    }
  })

  it('refuse what Vespa would take and fill up with zeros, and what it would answer with 500 to, before anything is sent', async () => {
    const sink = await open({ fields: { dense: { from: 'v', type: 'tensor<float>(x[4])' } } })
    try {
      const before = (await server.control({})).operations
      const rejections = await sink.upsert([doc('short', 1, { v: [1, 2, 3] }), doc('long', 1, { v: [1, 2, 3, 4, 5] })], never)
      expect(rejections.map(({ code, message }) => [code, message])).toEqual([
        ['sink_rejected', 'the document cannot be stored: the field dense has 3 numbers, the field has 4'],
        ['sink_rejected', 'the document cannot be stored: the field dense has 5 numbers, the field has 4'],
      ])
      expect((await server.control({})).operations).toBe(before)
    } finally {
      await sink.close()
    }
  })

  it('hold the vectors of texts, and the same text is not embedded again by another worker', async () => {
    const entry = {
      fields: {
        vector: { embed: ['title', 'text'], type: 'tensor<float>(x[8])' },
        parts: { embed: 'list', type: 'tensor<bfloat16>(part{},x[8])' },
      },
      embedding: { model: 'small' },
    }
    const environment = { embedding: { url: model.url, token: 'the-key' } }
    const texts = (seq: number) =>
      Array.from({ length: 50 }, (_, n) => doc(`text:${n}`, seq, { title: `Title ${n}`, text: 'Text', list: ['one', `two ${n}`] }))
    const stored = async (n: number) => await rawFields(server.url, place, { tenant: 'default', id: `text:${n}` })
    const [first, second]: VespaSink[] = [await open(entry, environment), await open(entry, environment)]
    try {
      expect(await first?.upsert(texts(1), never)).toEqual([])
      expect(await stored(7)).toMatchObject({
        vector: { values: vectorOf('Title 7\nText', 8) },
        parts: { blocks: { '0': vectorOf('one', 8), '1': vectorOf('two 7', 8) } },
      })
      const asked = model.asked().length
      expect(await second?.upsert(texts(2), never)).toEqual([])
      expect(model.asked()).toHaveLength(asked)
      expect(await stored(7)).toMatchObject({
        weaver_seq: 2,
        vector: { values: vectorOf('Title 7\nText', 8) },
        parts: { blocks: { '0': vectorOf('one', 8), '1': vectorOf('two 7', 8) } },
      })
    } finally {
      await first?.close()
      await second?.close()
    }
  })
})
