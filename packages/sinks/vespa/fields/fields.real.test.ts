import { findVespa, startVespa, type TemporaryFolder, type TestVespa } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openVespa, type VespaSink } from '../index.ts'
import { readApplicationPackage } from '../schema/schema-file.ts'
import { applicationWith } from '../test/application.ts'
import { playEmbeddings, type PlayedEmbeddings, vectorOf } from '../test/played-embeddings.ts'
import { everyType, everyTypeSchema as everything } from '../test/every-type.ts'
import { doc, never, quick } from '../test/played-vespa.ts'
import { rawFields } from '../test/stored.ts'

const folder = await findVespa()
const place = { namespace: 'weaver', documentType: 'everything' }

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
    const names = Object.keys(everyType)
    const fields = Object.fromEntries(names.map((name) => [name, isStated ? { from: name, type: everyType[name]?.[0] } : name]))
    const sink = await open({ fields }, isStated ? {} : { vespaSchemas: await readApplicationPackage(application.path) })
    try {
      const one = doc(`all:${isStated}`, 1, Object.fromEntries(names.map((name) => [name, everyType[name]?.[1]])) as never)
      expect(await sink.upsert([one], never)).toEqual([])
      expect(await rawFields(server.url, place, one)).toMatchObject(Object.fromEntries(names.map((name) => [name, everyType[name]?.[2]])))
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
