import { randomUUID } from 'node:crypto'
import type { Doc, JsonObject, Lineage, Sink, StoredDocument } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** What the suite needs besides the port: a way to look at what was stored. */
export interface SinkUnderTest {
  readonly sink: Sink
  /** The document as the sink has it now; undefined when it never was, or was deleted. Not from a cache. */
  read(tenant: string, id: string): Promise<StoredDocument | undefined>
  /** Called once, after the last test. */
  close(): Promise<void>
}

export interface SinkTraits {
  /** Fields that this sink can never store: they must be rejected without harm to the rest of the batch. */
  readonly refused: readonly JsonObject[]
}

const streamId = randomUUID()
const never = new AbortController().signal

/** A document of its own per call of {@link freshId}; `lineage` differs with everything that may differ. */
function doc(id: string, seq: number, fields: JsonObject, more: { tenant?: string; deleted?: boolean } & Partial<Lineage> = {}): Doc {
  const { tenant = 'default', deleted = false, ...lineage } = more
  const resultId = `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`
  return {
    id,
    tenant,
    stream: 'conformance',
    seq,
    fields,
    deleted,
    lineage: { resultId, record: 0, runId: resultId, streamId, streamVersion: 1, transformVersion: 1, ...lineage },
  }
}

const gone = (id: string, seq: number, more: Partial<Lineage> = {}): Doc => doc(id, seq, {}, { deleted: true, ...more })

/** Unlike every other, so that tests and runs do not meet. */
const freshId = (): string => `conformance:${randomUUID()}`

/** What every sink must do. `open` is called once, before the first test. */
export function describeSink(name: string, open: () => Promise<SinkUnderTest>, { refused }: SinkTraits): void {
  describe(name, () => {
    let opened: SinkUnderTest
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    const subject: Subject = {
      put: async (...batch) => await opened.sink.upsert(batch, never),
      upsert: async (batch, signal) => await opened.sink.upsert(batch, signal),
      read: async (id, tenant = 'default') => await opened.read(tenant, id),
    }
    describe('order', () => describeOrder(subject))
    describe('deletes', () => describeDeletes(subject))
    describe('a deleted stream', () => describeForgetting(() => opened.sink, subject))
    describe('values', () => describeValues(subject))
    describe('rejections', () => describeRejections(subject, refused))
    describe('concurrency', () => describeConcurrency(subject))
  })
}

function describeForgetting(sink: () => Sink, { put, read }: Subject): void {
  test('is forgotten by its id: documents of another one of its name, and what comes later, stay', async ({ skip }) => {
    const forget = sink().forget?.bind(sink())
    if (forget === undefined) return skip('the sink cannot delete by stream')
    const [old, other, foreign] = [freshId(), freshId(), freshId()]
    const [left, kept] = [randomUUID(), randomUUID()]
    const of = (id: string, seq: number, stream: string, more: object = {}) => doc(id, seq, { a: seq }, { streamId: stream, ...more })
    await put(of(old, 1, left), of(other, 2, kept), of(foreign, 3, left, { tenant: 'another' }))
    const stream = { tenant: 'default', id: left, name: 'conformance' }
    expect(await forget(stream, never)).toBe(1)
    expect(await forget(stream, never)).toBe(0)
    expect(await read(old)).toBeUndefined()
    expect((await read(other))?.fields).toEqual({ a: 2 })
    expect((await read(foreign, 'another'))?.fields).toEqual({ a: 3 })
    await put(of(old, 9, kept))
    expect((await read(old))?.fields).toEqual({ a: 9 })
  })
}

interface Subject {
  put(...batch: readonly Doc[]): ReturnType<Sink['upsert']>
  upsert: Sink['upsert']
  read(id: string, tenant?: string): Promise<StoredDocument | undefined>
}

function describeOrder({ put, read }: Subject): void {
  test('a new document is stored with its lineage', async () => {
    const id = freshId()
    const written = doc(id, 7, { a: 1 }, { record: 3, streamVersion: 4, transformVersion: 2 })
    expect(await put(written)).toEqual([])
    expect(await read(id)).toMatchObject({ id, stream: 'conformance', seq: 7, fields: { a: 1 }, lineage: written.lineage })
  })

  test('an empty batch is nothing', async () => {
    expect(await put()).toEqual([])
  })

  test('a newer seq replaces all fields', async () => {
    const id = freshId()
    await put(doc(id, 1, { a: 1, b: 1 }))
    const newer = doc(id, 2, { a: 2 })
    expect(await put(newer)).toEqual([])
    expect(await read(id)).toMatchObject({ seq: 2, lineage: newer.lineage })
    expect((await read(id))?.fields).toEqual({ a: 2 })
  })

  test('an older seq is superseded without a rejection', async () => {
    const id = freshId()
    await put(doc(id, 5, { a: 'new' }))
    const before = await read(id)
    expect(await put(doc(id, 4, { a: 'old' }))).toEqual([])
    expect(await read(id)).toEqual(before)
  })

  test('the same batch again changes nothing', async () => {
    const [one, two] = [freshId(), freshId()]
    const batch = [doc(one, 1, { a: 1 }), gone(two, 1, { record: 1 }), doc(two, 1, { a: 2 }, { record: 2 })]
    await put(...batch)
    const before = [await read(one), await read(two)]
    expect(before[1]?.fields).toEqual({ a: 2 })
    expect(await put(...batch)).toEqual([])
    expect([await read(one), await read(two)]).toEqual(before)
  })

  test('of one seq the newer transform wins', async () => {
    const id = freshId()
    await put(doc(id, 3, { by: 'second' }, { transformVersion: 2 }))
    await put(doc(id, 3, { by: 'first' }, { transformVersion: 1 }))
    expect((await read(id))?.fields).toEqual({ by: 'second' })
    await put(doc(id, 3, { by: 'third' }, { transformVersion: 3 }))
    expect(await read(id)).toMatchObject({ fields: { by: 'third' }, lineage: { transformVersion: 3 } })
    await put(doc(id, 4, { by: 'newer result' }, { transformVersion: 1 }))
    expect(await read(id)).toMatchObject({ fields: { by: 'newer result' }, seq: 4 })
  })

  test('of one id in a batch the highest seq wins, wherever it stands', async () => {
    const id = freshId()
    expect(await put(doc(id, 2, { n: 2 }), doc(id, 9, { n: 9 }), doc(id, 4, { n: 4 }))).toEqual([])
    expect(await read(id)).toMatchObject({ seq: 9, fields: { n: 9 } })
  })

  test('of one id and seq in a batch the later record wins', async () => {
    const id = freshId()
    await put(doc(id, 1, { n: 'first' }, { record: 10 }), doc(id, 1, { n: 'last' }, { record: 11 }))
    expect(await read(id)).toMatchObject({ fields: { n: 'last' }, lineage: { record: 11 } })
    await put(doc(id, 2, { n: 'earlier entry' }), doc(id, 2, { n: 'later entry' }))
    expect((await read(id))?.fields).toEqual({ n: 'later entry' })
  })

  // A page whose records repeat a key may come in several batches, and a worker that was paused may send the first of them again.
  test('of one seq an earlier record that comes again stays superseded', async () => {
    const id = freshId()
    const first = doc(id, 1, { n: 'first' }, { record: 10 })
    await put(first)
    await put(doc(id, 1, { n: 'last' }, { record: 600 }))
    const before = await read(id)
    expect(await put(first)).toEqual([])
    expect(await read(id)).toEqual(before)
  })

  test('one id in two tenants is two documents', async () => {
    const id = freshId()
    await put(doc(id, 5, { of: 'a' }, { tenant: 'a' }), doc(id, 4, { of: 'b' }, { tenant: 'b' }))
    expect((await read(id, 'a'))?.fields).toEqual({ of: 'a' })
    expect((await read(id, 'b'))?.fields).toEqual({ of: 'b' })
    expect(await read(id)).toBeUndefined()
  })
}

function describeDeletes({ put, read }: Subject): void {
  test('a deleted document is gone', async () => {
    const id = freshId()
    await put(doc(id, 1, { a: 1 }))
    expect(await put(gone(id, 2))).toEqual([])
    expect(await read(id)).toBeUndefined()
  })

  test('an older write after a delete stays deleted, a newer one revives', async () => {
    const id = freshId()
    await put(doc(id, 1, { a: 1 }))
    await put(gone(id, 5))
    expect(await put(doc(id, 4, { a: 4 }))).toEqual([])
    expect(await read(id)).toBeUndefined()
    await put(doc(id, 6, { a: 1 }))
    expect(await read(id)).toMatchObject({ seq: 6, fields: { a: 1 } })
  })

  test('a delete that comes before its document counts as well', async () => {
    const id = freshId()
    expect(await put(gone(id, 5))).toEqual([])
    expect(await read(id)).toBeUndefined()
    await put(doc(id, 4, { a: 4 }))
    expect(await read(id)).toBeUndefined()
  })

  test('an older delete is superseded', async () => {
    const id = freshId()
    await put(doc(id, 5, { a: 5 }))
    expect(await put(gone(id, 4))).toEqual([])
    expect(await read(id)).toMatchObject({ seq: 5 })
  })

  test('in a batch a delete is a write like any other', async () => {
    const [one, two] = [freshId(), freshId()]
    await put(
      doc(one, 1, { a: 1 }, { record: 0 }),
      gone(one, 1, { record: 1 }),
      gone(two, 1, { record: 2 }),
      doc(two, 1, { a: 2 }, { record: 3 }),
    )
    expect(await read(one)).toBeUndefined()
    expect(await read(two)).toMatchObject({ fields: { a: 2 } })
  })
}

function describeValues({ put, read }: Subject): void {
  test.each<[string, JsonObject]>([
    ['no fields', {}],
    ['empty values', { text: '', list: [], object: {}, none: null }],
    ['scalars', { yes: true, no: false, zero: 0, negative: -1.5, small: 5e-324, large: 9_007_199_254_740_991, huge: 1e300 }],
    [
      'text',
      {
        plain: 'naïve',
        cjk: '日本語',
        rtl: 'שלום',
        emoji: '👩‍👩‍👧‍👦 🇪🇸',
        combining: 'e\u0301',
        line: 'a\nb\tc\r\u2028',
        quotes: `'"\`\\`,
        control: '\u0001\u001f\u007f',
      },
    ],
    [
      'text that looks like syntax',
      {
        braces: '{"a":[1,2',
        nul: '\\u0000',
        surrogate: '\\ud800',
        csv: '{a,"b",NULL}',
        sql: "'; DROP TABLE documents; --",
        percent: '%s $1',
      },
    ],
    ['names of fields', { 'a.b': 1, '': 2, 'ключ 🔑': 3, "quote's": 4, constructor: 5, 'a\nb': 6 }],
    ['nesting', { list: [[1, [2, [3, { deep: [null, { deeper: 'x' }] }]]]], object: { a: { b: { c: { d: { e: {} } } } } } }],
  ])('%s come back as they were', async (_, fields) => {
    const id = freshId()
    expect(await put(doc(id, 1, fields))).toEqual([])
    expect((await read(id))?.fields).toStrictEqual(fields)
  })

  test('a field named __proto__ comes back as it was', async () => {
    const id = freshId()
    const fields = JSON.parse('{"__proto__":{"polluted":true},"a":1}') as JsonObject
    await put(doc(id, 1, fields))
    expect(JSON.parse(JSON.stringify((await read(id))?.fields ?? null))).toEqual(fields)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('a document of 2 MB comes back as it was', async () => {
    const id = freshId()
    const words = Array.from({ length: 200_000 }, (_, index) => `w${index.toString(36)}é`).join(' ')
    expect(await put(doc(id, 1, { words, tail: 'x'.repeat(500_000) }))).toEqual([])
    expect((await read(id))?.fields).toEqual({ words, tail: 'x'.repeat(500_000) })
  })

  test('ids of any text are kept apart', async () => {
    const base = freshId()
    const ids = ['', ' ', 'A', 'a', 'é', 'e\u0301', '🔑', "'", '\\', '"', ',', '{}', 'NULL', '%2F', 'x'.repeat(400)].map(
      (end) => `${base}/${end}`,
    )
    expect(await put(...ids.map((id, n) => doc(id, 1, { n })))).toEqual([])
    for (const [n, id] of ids.entries()) expect(await read(id)).toMatchObject({ id, fields: { n } })
  })
}

function describeRejections({ put, read }: Subject, refused: readonly JsonObject[]): void {
  test.each(refused.map((fields, index) => [index, fields] as const))(
    'refused fields %i are rejected by index, the others are written',
    async (_, fields) => {
      const [first, bad, last, worse] = [freshId(), freshId(), freshId(), freshId()]
      const rejections = await put(doc(first, 1, { a: 1 }), doc(bad, 1, fields), doc(last, 1, { a: 3 }), doc(worse, 1, fields))
      expect(rejections.map(({ index }) => index)).toEqual([1, 3])
      for (const { code, message } of rejections) {
        expect(code).toBe('sink_rejected')
        expect(message.length).toBeGreaterThan(20)
        expect(message.length).toBeLessThan(300)
        expect(message.isWellFormed() && !message.includes('\0')).toBe(true)
      }
      expect([await read(first), await read(bad), await read(last), await read(worse)].map((found) => found?.fields)).toEqual([
        { a: 1 },
        undefined,
        { a: 3 },
        undefined,
      ])
    },
  )

  test.runIf(refused.length > 0)('a refused version leaves what is there, and what else is in the batch', async () => {
    const [kept, older] = [freshId(), freshId()]
    const [fields] = refused as readonly [JsonObject]
    await put(doc(kept, 1, { a: 1 }))
    const before = await read(kept)
    const rejections = await put(doc(kept, 2, fields), doc(older, 2, fields, { record: 1 }), doc(older, 1, { a: 'good' }))
    expect(rejections.map(({ index }) => index)).toEqual([0, 1])
    expect(await read(kept)).toEqual(before)
    expect(await read(older)).toMatchObject({ seq: 1, fields: { a: 'good' } })
  })

  test.runIf(refused.length > 0)('a batch may be refused altogether', async () => {
    const rejections = await put(...refused.map((fields) => doc(freshId(), 1, fields)))
    expect(rejections.map(({ index }) => index)).toEqual(refused.map((_, index) => index))
  })
}

function describeConcurrency({ put, upsert, read }: Subject): void {
  test('an aborted signal rejects with its reason and writes nothing', async () => {
    const id = freshId()
    const reason = new Error('stopped')
    await expect(upsert([doc(id, 1, { a: 1 })], AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(await read(id)).toBeUndefined()
  })

  test('an abort on the way rejects with its reason, and the batch can come again', async () => {
    const base = freshId()
    const batch = Array.from({ length: 2000 }, (_, n) => doc(`${base}/${n}`, 1, { n, text: 'some words '.repeat(50) }))
    const controller = new AbortController()
    const reason = new Error('stopped')
    const upserted = upsert(batch, controller.signal)
    queueMicrotask(() => controller.abort(reason))
    await expect(upserted).rejects.toBe(reason)
    expect(await put(...batch)).toEqual([])
    expect(await read(`${base}/1999`)).toMatchObject({ fields: { n: 1999 } })
  })

  test('parallel batches over the same ids all end, with the highest seq', async () => {
    const base = freshId()
    const ids = Array.from({ length: 60 }, (_, n) => `${base}/${n}`)
    // Each batch has the ids in another order: a sink that locks in the order of the batch would deadlock here.
    const batches = Array.from({ length: 40 }, (_, at) => {
      const seq = ((at * 17) % 40) + 1
      const turned = [...ids.slice(at), ...ids.slice(0, at)]
      return (at % 2 === 0 ? turned : turned.toReversed()).map((id) => doc(id, seq, { seq }))
    })
    const rejections = await Promise.all(batches.map((batch) => put(...batch)))
    expect(rejections.flat()).toEqual([])
    for (const id of ids) expect(await read(id)).toMatchObject({ seq: 40, fields: { seq: 40 } })
  })

  test('the same batch many times at once is written once', async () => {
    const id = freshId()
    const batch = [doc(id, 3, { a: 1 })]
    await Promise.all(Array.from({ length: 20 }, () => put(...batch)))
    const before = await read(id)
    expect(before).toMatchObject({ seq: 3, fields: { a: 1 } })
    await put(...batch)
    expect(await read(id)).toEqual(before)
    expect(before?.revision ?? 1).toBe(1)
  })
}
