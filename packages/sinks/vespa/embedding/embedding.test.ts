import type { Json } from '@data-weaver/contracts'
import { eventually, fakeClock } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import type { VespaLimits } from '../index.ts'
import { playEmbeddings, type PlayedEmbeddings, refusal, vectorOf } from '../test/played-embeddings.ts'
import { doc, never, type PlayedVespa, playVespa, quick, shape } from '../test/played-vespa.ts'

const type = 'tensor<float>(x[4])'
const fields = { vector: { embed: ['title', 'text'], type } }
const texts = (count: number, seq = 1) => Array.from({ length: count }, (_, n) => doc(`t:${n}`, seq, { title: `Title ${n}`, text: 'Text' }))

function hex(numbers: readonly number[]): string {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [at, number] of numbers.entries()) bytes.writeFloatBE(number, at * 4)
  return bytes.toString('hex')
}

interface Played extends AsyncDisposable {
  readonly vespa: PlayedVespa
  readonly model: PlayedEmbeddings
}

async function play(
  limits: Partial<VespaLimits> = {},
  { parts = {}, entry = {}, length = 4 }: { parts?: object; entry?: Record<string, Json>; length?: number } = {},
): Promise<Played> {
  const model = await playEmbeddings(length)
  const vespa = await playVespa(
    { ...quick, ...limits },
    { embedding: { url: model.url, token: 'the-key' }, ...parts },
    { ...shape, fields, embedding: { model: 'small' }, ...entry },
  )
  return {
    vespa,
    model,
    async [Symbol.asyncDispose]() {
      await vespa[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
    },
  }
}

/** In order of the documents' paths: they are written side by side. */
const vectors = ({ documents }: PlayedVespa) => [...documents.keys()].toSorted().map((path) => documents.get(path)?.['vector'])

describe('texts of embedded fields', () => {
  it('are embedded in batches, and each document has the vector of its own', async () => {
    await using played = await play()
    expect(await played.vespa.sink.upsert(texts(200), never)).toEqual([])
    expect(played.model.asked().flat().toSorted()).toEqual(
      texts(200)
        .map(({ fields: own }) => `${own['title'] as string}\nText`)
        .toSorted(),
    )
    expect(played.model.asked().every((each) => each.length <= 64)).toBe(true)
    expect(played.model.asked().length).toBeLessThan(40)
    for (const { weaver_fields: own, vector } of played.vespa.documents.values()) {
      const { title } = JSON.parse(own as string) as { title: string }
      expect(vector).toEqual({ values: hex(vectorOf(`${title}\nText`, 4)) })
    }
    const [request] = played.model.server.requests
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ model: 'small', encoding_format: 'float' })
    expect(request?.body).not.toContain('dimensions')
  })

  it('go as many together as the entry says, and ask for the length of the field where it says so', async () => {
    await using played = await play({}, { entry: { embedding: { model: 'small', batch: 10, shorten: true } }, length: 99 })
    expect(await played.vespa.sink.upsert(texts(40), never)).toEqual([])
    expect(played.model.asked().every((each) => each.length <= 10)).toBe(true)
    expect(JSON.parse(played.model.server.requests[0]?.body ?? '')).toMatchObject({ dimensions: 4 })
  })

  it('are asked for once, however many documents have the same', async () => {
    await using played = await play()
    await played.vespa.sink.upsert(
      Array.from({ length: 100 }, (_, n) => doc(`t:${n}`, 1, { title: 'Same' })),
      never,
    )
    expect(played.model.asked()).toEqual([['Same']])
    expect(played.vespa.documents.size).toBe(100)
  })

  it('that are missing, null or blank leave the field without a value', async () => {
    await using played = await play()
    expect(
      await played.vespa.sink.upsert(
        [doc('a', 1, {}), doc('b', 1, { title: null, text: ' ' }), doc('c', 1, { n: 1 }, { deleted: true })],
        never,
      ),
    ).toEqual([])
    expect(played.model.asked()).toEqual([])
    expect(vectors(played.vespa)).toEqual([undefined, undefined, undefined])
  })

  it('of a list have a vector each where the tensor has a label for them', async () => {
    await using played = await play({}, { entry: { fields: { vector: { embed: 'parts', type: 'tensor<float>(part{},x[4])' } } } })
    expect(await played.vespa.sink.upsert([doc('a', 1, { parts: ['one', '', 'two'] }), doc('b', 1, { parts: 'one' })], never)).toEqual([])
    const [one, two] = [hex(vectorOf('one', 4)), hex(vectorOf('two', 4))]
    expect(vectors(played.vespa)).toEqual([{ blocks: { '0': one, '1': two } }, { blocks: { '0': one } }])
  })
})

describe('a text that did not change', () => {
  it('is not embedded again, neither by this worker nor by another one', async () => {
    await using played = await play()
    await played.vespa.sink.upsert(texts(30), never)
    const asked = played.model.asked().length
    expect(await played.vespa.sink.upsert(texts(30, 2), never)).toEqual([])
    const other = await played.vespa.open()
    try {
      expect(await other.upsert(texts(30, 3), never)).toEqual([])
      expect(other.statistics().embedding).toMatchObject({ requests: 0, reused: 30 })
      expect(played.model.asked()).toHaveLength(asked)
      expect([...played.vespa.documents.values()].map(({ weaver_seq: seq }) => seq)).toEqual(Array.from({ length: 30 }, () => 3))
      expect(vectors(played.vespa)).toContainEqual({ values: hex(vectorOf('Title 7\nText', 4)) })
      expect(await other.upsert([doc('t:7', 4, { title: 'Other' })], never)).toEqual([])
      expect(played.model.asked().at(-1)).toEqual(['Other'])
    } finally {
      await other.close()
    }
  })

  it('is embedded again by another model', async () => {
    await using played = await play()
    await played.vespa.sink.upsert(texts(1), never)
    await using other = await playVespa(
      quick,
      { embedding: { url: played.model.url, token: 'the-key' } },
      { ...shape, fields, embedding: { model: 'large' } },
    )
    for (const [path, stored] of played.vespa.documents) other.documents.set(path, stored)
    await other.sink.upsert(texts(1, 2), never)
    expect(played.model.asked()).toHaveLength(2)
  })

  it('of a document that Vespa has as new costs nothing', async () => {
    await using played = await play()
    await played.vespa.sink.upsert(texts(3, 5), never)
    const other = await played.vespa.open()
    try {
      expect(await other.upsert([...texts(3, 5), doc('t:0', 4, { title: 'Older' })], never)).toEqual([])
      expect(await other.upsert([doc('t:1', 4, { title: 'Older, and other words' })], never)).toEqual([])
      expect(other.statistics().embedding).toMatchObject({ requests: 0 })
    } finally {
      await other.close()
    }
  })
})

describe('an endpoint that asks to slow down', () => {
  it('is asked again after what it says (429), and every document is written', async () => {
    await using played = await play()
    played.model.fault((_, index) =>
      index < 5
        ? { status: 429, headers: { 'retry-after-ms': '2' }, body: refusal('Rate limit reached', 'rate_limit_exceeded') }
        : undefined,
    )
    expect(await played.vespa.sink.upsert(texts(150), never)).toEqual([])
    expect(played.vespa.documents.size).toBe(150)
    expect(played.vespa.sink.statistics().embedding?.overloads).toBe(5)
  })

  it('lets everything wait when it asks for longer than patience lasts, or the quota is used up', async () => {
    await using played = await play()
    played.model.fault(() => ({ status: 429, body: refusal('You exceeded your current quota', 'insufficient_quota') }))
    await expect(played.vespa.sink.upsert(texts(3), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      retryable: true,
      retryAfterMs: expect.any(Number),
    })
    expect(played.model.asked()).toHaveLength(1)
    await expect(played.vespa.sink.upsert(texts(3), never)).rejects.toMatchObject({ code: 'sink_unavailable' })
    expect(played.model.asked()).toHaveLength(1)
  })

  it('is not asked before its limits are new, when it said that none is left', async () => {
    const clock = fakeClock()
    await using played = await play({}, { parts: { clock } })
    const data = [{ index: 0, embedding: [1, 2, 3, 4] }]
    played.model.fault((_, index) =>
      index === 0
        ? { headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2s' }, body: { data } }
        : undefined,
    )
    // The patience with the endpoint is shorter than that: the batch waits as a whole.
    expect(await played.vespa.sink.upsert(texts(1), never)).toEqual([])
    await expect(played.vespa.sink.upsert([doc('b', 1, { title: 'b' })], never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      retryAfterMs: 62_000,
    })
    await clock.advance(62_000)
    expect(await played.vespa.sink.upsert([doc('b', 1, { title: 'b' })], never)).toEqual([])
    expect(played.model.asked()).toHaveLength(2)
  })
})

describe('an endpoint that fails', () => {
  it.each([
    ['500', { status: 500, body: refusal('The server had an error', 'server_error') }],
    ['a reset', { reset: 'middle', body: 'x'.repeat(500) }],
  ] as const)('by %s is asked again, and not for ever', async (_, trouble) => {
    await using played = await play()
    const { attempts } = quick.embedding
    played.model.fault((_texts, index) => (index < attempts - 1 ? trouble : undefined))
    expect(await played.vespa.sink.upsert(texts(2), never)).toEqual([])
    expect(played.vespa.sink.statistics().embedding?.retries).toBe(attempts - 1)
    played.model.fault(() => trouble)
    await expect(played.vespa.sink.upsert([doc('x', 1, { title: 'x' })], never)).rejects.toMatchObject({ code: 'sink_unavailable' })
    played.model.fault(() => undefined)
    expect(await played.vespa.sink.upsert([doc('x', 1, { title: 'x' })], never)).toEqual([])
  })

  it.each([
    ['no JSON', '<html>'],
    ['no list', { data: {} }],
    ['too few', { data: [] }],
    [
      'no numbers',
      {
        data: [
          { index: 0, embedding: ['1'] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    [
      'one twice',
      {
        data: [
          { index: 0, embedding: [1, 2, 3, 4] },
          { index: 0, embedding: [1, 2, 3, 4] },
        ],
      },
    ],
  ])('by an answer that is none (%s) lets the batch wait', async (_, body) => {
    await using played = await play()
    played.model.fault(() => ({ body }))
    await expect(played.vespa.sink.upsert(texts(2), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining('embedding endpoint answered'),
    })
  })

  it('by 401 lets the batch wait, and says why without the token', async () => {
    await using played = await play({}, { parts: {} })
    played.model.fault(() => ({ status: 401, body: refusal('Incorrect API key provided', 'invalid_api_key') }))
    await expect(played.vespa.sink.upsert(texts(2), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: 'the embedding endpoint answered 401: Incorrect API key provided',
    })
  })
})

describe('one document alone', () => {
  it('is refused when the model refuses its text, and the others are written', async () => {
    await using played = await play()
    played.model.fault((asked) =>
      asked.some((text) => text.startsWith('Title 13\n'))
        ? { status: 400, body: refusal('maximum context length is 8192 tokens', 'context_length_exceeded') }
        : undefined,
    )
    expect(await played.vespa.sink.upsert(texts(40), never)).toEqual([
      {
        index: 13,
        code: 'sink_rejected',
        message:
          'the document cannot be stored: the field vector has no vector: the model small refused its text (400: maximum context length is 8192 tokens)',
      },
    ])
    expect(played.vespa.documents.size).toBe(39)
  })

  it('is refused when its vector has another length than the field, before it is sent', async () => {
    await using played = await play({}, { length: 5 })
    expect(await played.vespa.sink.upsert(texts(1), never)).toMatchObject([
      { index: 0, code: 'sink_rejected', message: expect.stringContaining('the field vector has 4 numbers, and the model small gives 5') },
    ])
    expect(played.vespa.documents.size).toBe(0)
  })

  it('is refused for another field before its text is embedded', async () => {
    await using played = await play({}, { entry: { fields: { ...fields, year: { from: 'year', type: 'int' } } } })
    expect(await played.vespa.sink.upsert([doc('a', 1, { title: 'A', year: 'last' })], never)).toMatchObject([
      { index: 0, message: expect.stringContaining('the field year is text, not a number') },
    ])
    expect(played.model.asked()).toEqual([])
  })
})

it('an abort rejects at once while the endpoint hangs, and a close leaves no connection', async () => {
  await using played = await play()
  played.model.fault(() => ({ hang: 'head' }))
  const controller = new AbortController()
  const reason = new Error('stopped')
  const upserted = played.vespa.sink.upsert(texts(5), controller.signal)
  await played.model.server.requested(1)
  controller.abort(reason)
  await expect(upserted).rejects.toBe(reason)
  await played.vespa.sink.close()
  await eventually(() => played.model.server.connections() === 0, { what: 'the connections to end' })
})
