import { getEventListeners } from 'node:events'
import { eventually, fakeClock, freePort } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { documentPath } from './document.ts'
import { vespa } from './index.ts'
import { doc, docs, never, type PlayedVespa, playVespa, quick, shape } from './test/played-vespa.ts'

const seqs = ({ documents }: PlayedVespa) => [...documents.values()].map(({ weaver_seq: seq }) => seq)
const isOf = (id: string) => {
  const path = documentPath(shape, { tenant: 'default', id })
  return (request: { path: string }) => request.path.startsWith(`${path}?`)
}

/** Lets other requests in before this one is answered. */
const soon = (): Promise<undefined> => new Promise((resolve) => setImmediate(() => resolve(undefined)))

describe('too many requests (429)', () => {
  it('halve the window, and every document is written in the end, without a rejection', async () => {
    await using played = await playVespa({ ...quick, window: { ...quick.window, first: 64 } })
    const before = played.sink.statistics().window
    played.fault((_, index) => (index < 200 ? { status: 429, body: { message: 'Too many' } } : undefined))
    expect(await played.sink.upsert(docs(100), never)).toEqual([])
    expect(seqs(played)).toHaveLength(100)
    const { window, overloads, inFlight } = played.sink.statistics()
    expect(overloads).toBe(200)
    expect(window).toBeLessThanOrEqual(before / 4)
    expect(inFlight).toBe(0)
  })

  it('go on until the batch is out of time, which is for later', async () => {
    await using played = await playVespa({ ...quick, batchMs: 300 })
    played.fault(() => ({ status: 429 }))
    await expect(played.sink.upsert(docs(5), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining('300 ms'),
    })
    // More often than anything that is bounded.
    expect(played.server.requests.length).toBeGreaterThan(5 * quick.attempts)
    played.fault(() => undefined)
    expect(await played.sink.upsert(docs(5), never)).toEqual([])
  })

  it('wait longer each time, by the randomness that was given, up to a limit', async () => {
    const clock = fakeClock()
    await using played = await playVespa(
      { ...quick, firstBackoffMs: 100, longestBackoffMs: 300, batchMs: 60_000 },
      { clock, random: () => 0.5 },
    )
    played.fault((_, index) => (index < 4 ? { status: 429 } : undefined))
    const upserted = played.sink.upsert([doc('a', 1)], never)
    for (const [n, ms] of [50, 100, 150, 150].entries()) {
      // The batch's own limit sleeps as well.
      await clock.untilSleeping(2)
      await clock.advance(ms - 1)
      expect(clock.sleeping()).toBe(2)
      // The first request of all is the check of the schema.
      expect(played.server.requests).toHaveLength(n + 2)
      await clock.advance(1)
      await played.server.requested(n + 3)
    }
    expect(await upserted).toEqual([])
    expect(clock.sleeping()).toBe(0)
  })
})

describe('what concerns the whole batch', () => {
  it.each([
    ['503', { status: 503, body: { message: 'no nodes' } }],
    ['502', { status: 502, body: '<html>' }],
    ['a reset before the answer', { reset: 'head' }],
    ['a reset in the answer', { reset: 'middle', body: 'x'.repeat(1000) }],
  ] as const)('%s is tried again, and not for ever', async (_, trouble) => {
    await using played = await playVespa()
    played.fault((_request, index) => (index < quick.attempts - 1 ? trouble : undefined))
    expect(await played.sink.upsert([doc('a', 1)], never)).toEqual([])
    expect(seqs(played)).toEqual([1])
    expect(played.sink.statistics().retries).toBe(quick.attempts - 1)
    played.fault(() => trouble)
    await expect(played.sink.upsert([doc('a', 2)], never)).rejects.toMatchObject({ code: 'sink_unavailable', retryable: true })
  })

  it('504 is tried again a few times only', async () => {
    await using played = await playVespa()
    played.fault((_, index) => (index < quick.timeouts - 1 ? { status: 504 } : undefined))
    expect(await played.sink.upsert([doc('a', 1)], never)).toEqual([])
    played.fault(() => ({ status: 504 }))
    const before = played.server.requests.length
    await expect(played.sink.upsert([doc('a', 2)], never)).rejects.toMatchObject({ code: 'sink_unavailable' })
    expect(played.server.requests.length - before).toBe(quick.timeouts)
  })

  it('507 ends the batch at once and pauses the sink', async () => {
    const clock = fakeClock()
    await using played = await playVespa(quick, { clock })
    played.fault((_, index) =>
      index === 20 ? { status: 507, body: { message: 'disk: 0.81 > 0.8' } } : index > 20 ? { hang: 'head' } : undefined,
    )
    const failed = played.sink.upsert(docs(100), never)
    await expect(failed).rejects.toMatchObject({
      code: 'sink_full',
      retryAfterMs: 200,
      message: expect.stringContaining('disk: 0.81 > 0.8'),
    })
    await clock.advance(150)
    await expect(played.sink.upsert([doc('paused', 1)], never)).rejects.toMatchObject({ code: 'sink_full', retryAfterMs: 50 })
    await clock.advance(50)
    played.fault(() => undefined)
    expect(await played.sink.upsert([doc('played:0', 1)], never)).toEqual([])
    expect(played.server.requests.length).toBeLessThan(100)
    expect(played.server.requests.some(isOf('paused'))).toBe(false)
    expect(await played.sink.upsert(docs(100), never)).toEqual([])
    expect(seqs(played)).toHaveLength(100)
  })

  it.each([401, 403, 404, 405, 302])('%i says that there is no document API for us', async (status) => {
    await using played = await playVespa()
    played.fault(() => ({ status }))
    await expect(played.sink.upsert(docs(3), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining(String(status)),
    })
  })

  it('no answer ends by the limit of an operation', async () => {
    await using played = await playVespa({ ...quick, operationMs: 100, graceMs: 50, attempts: 2 })
    played.fault(() => ({ hang: 'head' }))
    await expect(played.sink.upsert([doc('a', 1)], never)).rejects.toMatchObject({ code: 'sink_unavailable' })
  })
})

describe('what concerns one document', () => {
  it.each([400, 413, 500])('%i refuses it with Vespa’s message, the others are written', async (status) => {
    await using played = await playVespa()
    const isBad = isOf('played:3')
    const message = `Could not parse\n field 'x' ${'of a long type '.repeat(30)}`
    played.fault((request) => (isBad(request) ? { status, body: { pathId: 'x', message } } : undefined))
    const rejections = await played.sink.upsert(docs(10), never)
    expect(rejections).toEqual([
      { index: 3, code: 'sink_rejected', message: expect.stringContaining(`Vespa answered ${status}: Could not parse field 'x'`) },
    ])
    expect(rejections[0]?.message.length).toBeLessThan(300)
    expect(played.documents.size).toBe(9)
  })

  it.each([400, 500])('a gateway’s %i refuses none: they are tried again', async (status) => {
    await using played = await playVespa({ ...quick, attempts: 2 })
    played.fault(() => ({ status, body: '<html>No required SSL certificate was sent</html>' }))
    await expect(played.sink.upsert(docs(3), never)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining(`${status}`),
    })
  })

  it('a gateway’s 413 refuses it by its status', async () => {
    await using played = await playVespa()
    played.fault(() => ({ status: 413, body: '<html>secret</html>' }))
    expect(await played.sink.upsert([doc('a', 1)], never)).toEqual([
      { index: 0, code: 'sink_rejected', message: 'the document cannot be stored: Vespa answered 413' },
    ])
  })

  it('an id that is no text is refused without asking', async () => {
    await using played = await playVespa()
    expect(await played.sink.upsert([doc('a', 1), doc('\ud83d', 1)], never)).toMatchObject([{ index: 1, code: 'sink_rejected' }])
    expect(seqs(played)).toEqual([1])
  })

  it('412 is fine when what is there is as new or newer', async () => {
    await using played = await playVespa()
    await played.sink.upsert([doc('a', 5), doc('b', 5)], never)
    expect(await played.sink.upsert([doc('a', 5), doc('b', 4)], never)).toEqual([])
    expect(seqs(played)).toEqual([5, 5])
  })

  it('412 for a document that somebody else wrote refuses ours', async () => {
    await using played = await playVespa()
    played.fault(({ method }) => (method === 'GET' ? { body: { fields: { title: 'theirs' } } } : { status: 412 }))
    expect(await played.sink.upsert([doc('a', 5)], never)).toMatchObject([{ index: 0, message: expect.stringContaining('did not write') }])
  })

  it('412 although what is there is older, or gone, is tried again', async () => {
    await using played = await playVespa()
    await played.sink.upsert([doc('a', 4)], never)
    played.fault((request, index) => (request.method === 'POST' && index < 2 ? { status: 412 } : undefined))
    expect(await played.sink.upsert([doc('a', 5), doc('b', 5)], never)).toEqual([])
    expect(seqs(played)).toEqual([5, 5])
    played.fault((request) => (request.method === 'POST' ? { status: 412 } : undefined))
    await expect(played.sink.upsert([doc('a', 6)], never)).rejects.toMatchObject({ code: 'sink_unavailable' })
  })
})

describe('an abort', () => {
  it('rejects with its reason at once, whatever is waited for, and leaves nothing under way', async () => {
    await using played = await playVespa({ ...quick, window: { ...quick.window, first: 4 } })
    played.fault(() => ({ hang: 'head' }))
    const controller = new AbortController()
    const reason = new Error('stopped')
    const upserted = played.sink.upsert([...docs(20), doc('played:0', 2)], controller.signal)
    const other = played.sink.upsert([doc('played:0', 3)], controller.signal)
    await played.server.requested(5)
    expect(played.sink.statistics().inFlight).toBe(4)
    controller.abort(reason)
    await expect(upserted).rejects.toBe(reason)
    await expect(other).rejects.toBe(reason)
    expect(played.sink.statistics().inFlight).toBe(0)
    // Nobody waits for these answers any more, so their connections are of no use.
    await eventually(() => played.server.connections() === 0, { what: 'the connections to end' })
    played.fault(() => undefined)
    expect(await played.sink.upsert(docs(20, 3), never)).toEqual([])
    expect(seqs(played)).toEqual(Array.from({ length: 20 }, () => 3))
  })

  it('is heard in a back-off', async () => {
    await using played = await playVespa({ ...quick, firstBackoffMs: 60_000, longestBackoffMs: 60_000 }, { random: () => 1 })
    played.fault(() => ({ status: 429 }))
    const controller = new AbortController()
    const upserted = played.sink.upsert([doc('a', 1)], controller.signal)
    await eventually(() => played.sink.statistics().overloads === 1, { what: 'the back-off' })
    controller.abort(new Error('stopped'))
    await expect(upserted).rejects.toMatchObject({ message: 'stopped' })
  })

  it('leaves no listener behind on a signal that lives on', async () => {
    await using played = await playVespa({ ...quick, window: { ...quick.window, first: 2 } })
    const { signal } = new AbortController()
    for (let seq = 1; seq <= 3; seq++) await played.sink.upsert(docs(20, seq), signal)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('comes with the end of the sink', async () => {
    await using played = await playVespa()
    played.fault(() => ({ hang: 'head' }))
    const upserted = expect(played.sink.upsert(docs(3), never)).rejects.toMatchObject({ code: 'sink_unavailable' })
    await played.server.requested(4)
    await played.sink.close()
    await upserted
    await eventually(() => played.server.connections() === 0, { what: 'the connections to end' })
  })
})

describe('operations', () => {
  it('stay within the window and use persistent connections', async () => {
    await using played = await playVespa({ ...quick, window: { ...quick.window, first: 8, most: 8 } })
    played.fault(async () => await soon())
    await Promise.all(Array.from({ length: 4 }, (_, batch) => played.sink.upsert(docs(200, batch + 1), never)))
    expect(played.mostAtOnce()).toBeLessThanOrEqual(8)
    expect(played.mostAtOnce()).toBeGreaterThan(1)
    expect(played.server.connections()).toBeLessThanOrEqual(8)
  })

  it('have large bodies compressed, and small ones not', async () => {
    await using played = await playVespa()
    played.fault(() => ({}))
    await played.sink.upsert([doc('large', 1, { text: 'word '.repeat(20_000) }), doc('small', 1)], never)
    const encoding = (id: string) => played.server.requests.find(isOf(id))?.headers['content-encoding']
    expect([encoding('large'), encoding('small')]).toEqual(['gzip', undefined])
    expect(Number(played.server.requests.find(isOf('large'))?.headers['content-length'])).toBeLessThan(5000)
  })

  it('on one document go one after the other, in the order of the calls', async () => {
    await using played = await playVespa()
    let underWay = 0
    played.fault(async () => {
      underWay += 1
      expect(underWay).toBe(1)
      await soon()
      underWay -= 1
      return undefined
    })
    await Promise.all(Array.from({ length: 30 }, (_, at) => played.sink.upsert([doc('a', at + 1)], never)))
    const written = played.server.requests.filter(({ method }) => method === 'POST').slice(1)
    expect(written.map(({ body }) => (JSON.parse(body) as { fields: { weaver_seq: number } }).fields.weaver_seq)).toEqual(
      Array.from({ length: 30 }, (_, at) => at + 1),
    )
  })
})

describe('opening the sink', () => {
  it('is refused without an address, for good', async () => {
    await expect(vespa.open({ ledgerUrl: '' }, shape)).rejects.toMatchObject({
      code: 'invalid_settings',
      retryable: false,
      message: expect.stringContaining('WEAVER_VESPA_URL'),
    })
  })

  it('is for later while Vespa is not there', async () => {
    const vespaUrl = `http://127.0.0.1:${await freePort()}`
    await expect(vespa.open({ ledgerUrl: '', vespaUrl }, shape)).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
