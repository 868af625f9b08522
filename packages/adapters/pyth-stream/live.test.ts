import { existsSync, readFileSync } from 'node:fs'
import { type Json, type Page, type StoredPage, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { readPage, recordsOf, run } from '../src/conformance/harness.ts'
import { until } from '../src/conformance/live-source.ts'
import { segmentLine } from '../src/live/segment.ts'
import { pythStream } from './index.ts'
import { HermesServer, priceOf } from './test/server.ts'

const [a, b, unknown] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)]
const transports = ['sse', 'websocket'] as const

function listen(server: HermesServer, more: object = {}, options: { cursor?: Json; key?: string } = {}) {
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  const [drain, abort] = [new AbortController(), new AbortController()]
  const pages: Page[] = []
  const whole = {
    endpoint: server.url,
    ids: [a, b],
    segment: { messages: 1 },
    reconnect: { minMs: 50, maxMs: 50, maxFailures: 3 },
    ...more,
  }
  const config = parseConfig(pythStream, whole, ['key'])
  const outcome = run({
    adapter: pythStream,
    config,
    secrets: { key: options.key ?? server.token },
    egress,
    cursor: JSON.parse(JSON.stringify(options.cursor ?? null)) as Json,
    drain: drain.signal,
    signal: abort.signal,
    onPage: (page) => void pages.push(page),
  })
  const prices = () => recordsOf(pythStream, config, pages).map(({ key, fields }) => [String(key[0]).slice(0, 1), fields.price_text])
  return {
    pages,
    outcome,
    prices,
    gaps: () => pages.map(({ gap }) => gap?.reason),
    stored: (count: number) => until(`${count} prices`, () => prices().length >= count),
    async drain() {
      drain.abort()
      return await outcome
    },
    async [Symbol.asyncDispose]() {
      abort.abort(new WeaverError('interrupted', 'the test is over'))
      await outcome
      await egress.close()
    },
  }
}

const connected = (server: HermesServer, connections: number) =>
  until(`connection ${connections}`, () => server.connections >= connections && server.listeners.size === 1)

describe.each(transports)('over %s', (transport) => {
  it('the latest prices come first, and then those that are published', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
    await using live = listen(server, { transport, symbols: { [a]: 'A/USD' } })
    await live.stored(2)
    server.publish(priceOf(a, 3, 2), priceOf(b, 4, 2))
    await live.stored(4)
    expect(live.prices()).toEqual([
      ['a', '1.000001'],
      ['b', '1.000002'],
      ['a', '1.000003'],
      ['b', '1.000004'],
    ])
    const { pages, error } = await live.drain()
    const [first] = recordsOf(pythStream, { ids: [a], symbols: { [a]: 'A/USD' } }, pages)
    expect(first).toMatchObject({
      key: [a],
      fields: { symbol: 'A/USD', confidence_text: '0.000025', time: '2026-03-01T10:13:21.000Z', slot: 2 },
    })
    expect([error, live.gaps()]).toEqual([undefined, pages.map(() => undefined)])
  })

  it('what is published while the connection is lost is recorded as missing, and the latest prices are fetched', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
    await using live = listen(server, { transport })
    await live.stored(2)
    await connected(server, 1)
    server.cut()
    server.publish(priceOf(a, 3, 2))
    server.publish(priceOf(a, 5, 3))
    await live.stored(4)
    server.publish(priceOf(b, 6, 4))
    await live.stored(5)
    expect(live.prices().slice(2)).toEqual([
      ['a', '1.000005'],
      ['b', '1.000002'],
      ['b', '1.000006'],
    ])
    expect(live.gaps().filter((reason) => reason !== undefined)).toEqual(['reconnect'])
    expect(live.gaps()[1]).toBe('reconnect')
  })

  it('an older price does not take the place of a newer one', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 10), priceOf(b, 2, 10))
    // Sent when the connection is open, and before the latest prices are answered; another server was behind.
    server.onLatest = () => {
      server.onLatest = undefined
      server.send(priceOf(a, 9, 8), priceOf(b, 9, 8))
      server.send(priceOf(a, 1, 10))
      server.send(priceOf(a, 8, 9), priceOf(b, 3, 11))
    }
    await using live = listen(server, { transport })
    await live.stored(3)
    server.publish(priceOf(a, 4, 10, 21), priceOf(b, 5, 12))
    await live.stored(5)
    const newest = [
      ['a', '1.000001'],
      ['b', '1.000002'],
      ['b', '1.000003'],
      ['a', '1.000004'],
      ['b', '1.000005'],
    ]
    expect(live.prices()).toEqual(newest)
    // Neither after another worker took over, from any checkpoint.
    const { pages } = await live.drain()
    server.onLatest = () => server.send(priceOf(a, 9, 9), priceOf(b, 9, 9))
    await using next = listen(server, { transport }, { cursor: pages.at(-1)?.cursor ?? null })
    await connected(server, 2)
    await until('the latest prices', () => server.asked === 2)
    server.publish(priceOf(a, 6, 13))
    await next.stored(1)
    expect([next.prices(), next.gaps()]).toEqual([[['a', '1.000006']], ['start']])
  })

  it('latest prices of a server that is behind are not stored, and its newer ones come over the stream', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 10), priceOf(b, 2, 10))
    await using first = listen(server, { transport })
    await first.stored(2)
    const cursor = (await first.drain()).pages.at(-1)?.cursor ?? null
    server.latest.set(a, priceOf(a, 9, 9)).set(b, priceOf(b, 3, 11))
    await using next = listen(server, { transport }, { cursor })
    await connected(server, 2)
    await until('the latest prices', () => server.asked === 2)
    server.send(priceOf(a, 9, 9), priceOf(b, 3, 11))
    await next.stored(1)
    expect([next.prices(), next.pages.length, next.gaps()]).toEqual([[['b', '1.000003']], 1, ['start']])
  })

  it('a feed that there is not is named', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1))
    await using live = listen(server, { transport, ids: [a, `0x${unknown.toUpperCase()}`] })
    expect((await live.outcome).error).toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining(`there is no price feed ${unknown}`) as string,
      errors: [{ field: 'config.ids.1' }],
    })
    expect(live.pages).toEqual([])
  })

  it('a wrong token fails the run at once', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 1, 1))
    await using live = listen(server, { transport }, { key: 'another token' })
    expect((await live.outcome).error).toMatchObject({ code: 'auth_failed', message: expect.stringContaining('401') as string })
  })

  it('latest prices that cannot be had do no harm', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 1, 1))
    server.latestStatus = 503
    await using live = listen(server, { transport })
    await connected(server, 1)
    server.publish(priceOf(a, 2, 2))
    await live.stored(1)
    expect([live.prices(), (await live.drain()).error]).toEqual([[['a', '1.000002']], undefined])
  })
})

describe('Hermes ends a stream', () => {
  it.each([
    ['Slow consumer: disconnected', 'slowConsumer'],
    ['Connection timeout reached (24h)', 'reconnect'],
  ])('by the event %j: it is listened to again, and %s is the reason of the gap', async (reason, gap) => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
    await using live = listen(server)
    await live.stored(2)
    await connected(server, 1)
    server.publish(priceOf(a, 3, 2))
    await live.stored(3)
    server.end(reason)
    await connected(server, 2)
    await until('the latest prices', () => server.asked === 2)
    server.publish(priceOf(a, 4, 3))
    await live.stored(4)
    expect([live.prices().at(-1), live.gaps().filter((one) => one !== undefined)]).toEqual([['a', '1.000004'], [gap]])
  })

  it('by closing a WebSocket in good order after a day', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
    await using live = listen(server, { transport: 'websocket' })
    await live.stored(2)
    await connected(server, 1)
    server.end('')
    await connected(server, 2)
    await until('the latest prices', () => server.asked === 2)
    server.publish(priceOf(a, 4, 3))
    await live.stored(3)
    expect(live.gaps().filter((one) => one !== undefined)).toEqual(['reconnect'])
  })

  it('because of the pace, again and again: the run ends and asks to wait', async () => {
    await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
    await using live = listen(server, { transport: 'websocket' })
    for (const connection of [1, 2, 3]) {
      await connected(server, connection)
      server.end('Rate limit exceeded')
    }
    expect((await live.outcome).error).toMatchObject({ code: 'rate_limited', message: 'Hermes refused: Rate limit exceeded' })
  })
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/pyth/', import.meta.url)
const there = existsSync(recorded)
const bodyOf = (name: string) => (JSON.parse(readFileSync(new URL(name, recorded), 'utf8')) as { body: object }).body
const segment = (message: object): StoredPage => ({
  body: Buffer.from(segmentLine({ at: 0, data: JSON.stringify(message) })),
  request: { method: 'GET', url: 'https://hermes.pyth.network/v2/updates/price/stream', headers: {} },
  response: { status: 200, headers: {}, receivedAt: '2026-01-01T00:00:00.000Z', durationMs: 1 },
})

describe.skipIf(!there)(`recorded bodies${there ? '' : ' (the folder ../shared/payloads/pyth is not there)'}`, () => {
  it('an update of the stream', () => {
    expect(readPage(pythStream, { ids: [a] }, segment(bodyOf('hermes_v2_updates_price_latest.json')))).toMatchObject([
      { fields: { price_text: '51900.75917635', confidence_text: '26.61582364', time: '2024-02-19T17:20:56.000Z' } },
    ])
  })

  it('an update of a WebSocket', () => {
    const update = { type: 'price_update', price_feed: bodyOf('hermes_v1_ws_price_feed.json') }
    expect(readPage(pythStream, { ids: [a] }, segment(update))).toMatchObject([
      {
        fields: {
          price_text: '29206.79499999',
          confidence_text: '5.09500001',
          slot: 85_480_034,
          available_time: '2024-02-19T17:20:56.000Z',
        },
      },
    ])
  })
})
