import { once } from 'node:events'
import { Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { failure, open, startRaw, startScripted, startSource, textOf } from '../test/source.ts'
import type { Source } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'
import { createConnector } from './connector.ts'
import { Deadlines } from './deadlines.ts'

const reason = new Error('The stream was stopped.')

describe('an abort rejects with its reason and destroys the connection', () => {
  test('before anything is done', async () => {
    await using source = await startSource((_request, response) => response.end('x'))
    await using way = open({}, { signal: AbortSignal.abort(reason) })
    expect(await failure(way.http.request({ url: source.url() }))).toBe(reason)
    expect(source.sockets).toHaveLength(0)
  })

  test('while the name is looked up', async () => {
    const asked = Promise.withResolvers<void>()
    await using way = open({
      lookup: () => {
        asked.resolve()
        return new Promise(() => {})
      },
    })
    const request = failure(way.http.request({ url: 'http://slow.example/' }))
    await asked.promise
    way.abort.abort(reason)
    expect(await request).toBe(reason)
  })

  test('while it connects', async () => {
    const socket = new Socket()
    const deadlines = new Deadlines(systemClock)
    const dialled = Promise.withResolvers<void>()
    const connect = createConnector({
      allow: parseEgressAllow('127.0.0.1'),
      deadlines,
      connectTimeoutMs: 60_000,
      secureContext: () => createSecureContext(),
      dial: () => {
        dialled.resolve()
        return socket
      },
    })
    const ended = Promise.withResolvers<unknown>()
    const attempt = connect({ hostname: '127.0.0.1', protocol: 'http:', port: '9' }, (...[error]) => ended.resolve(error))
    await dialled.promise
    attempt.abandon()
    expect(await ended.promise).toMatchObject({ code: 'EGRESS_ABANDONED' })
    expect(socket.destroyed).toBe(true)
    await deadlines.close()
  })

  const stages: readonly (readonly [string, () => Promise<Source>, (source: Source) => Promise<unknown>])[] = [
    ['in the TLS handshake', () => startRaw(() => {}, 'https'), async (source) => once(await source.connection(), 'data')],
    ['before the headers', () => startSource(() => {}), (source) => source.request()],
    ['within the headers', () => startScripted('HTTP/1.1 200 OK\r\ncontent-'), async (source) => once(await source.connection(), 'data')],
    [
      'within the body',
      () => startScripted('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'),
      async (source) => once(await source.connection(), 'data'),
    ],
    [
      'within an encoded body',
      () =>
        startScripted(
          Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n'), gzipSync('x'.repeat(10_000)).subarray(0, 30)]),
        ),
      async (source) => once(await source.connection(), 'data'),
    ],
  ]
  test.each(stages)('%s', async (_stage, start, reached) => {
    await using source = await start()
    await using way = open()
    const request = failure(way.http.request({ url: source.url() }))
    await reached(source)
    way.abort.abort(reason)
    expect(await request).toBe(reason)
    await source.closed()
  })

  test('after a redirect', async () => {
    await using last = await startSource(() => {})
    await using first = await startSource((_request, response) => response.writeHead(302, { location: last.url() }).end())
    await using way = open()
    const request = failure(way.http.request({ url: first.url() }))
    await last.request()
    way.abort.abort(reason)
    expect(await request).toBe(reason)
    await last.closed()
  })

  test('while it waits for a free connection, and the request before it is not touched', async () => {
    await using source = await startSource(() => {})
    await using way = open({ maxConnectionsPerOrigin: 1 })
    const abort = new AbortController()
    const other = way.egress.http({ signal: abort.signal, secrets: [], log: silentLog })
    const first = way.http.request({ url: source.url('/first') })
    await source.request()
    const second = failure(other.request({ url: source.url('/second') }))
    abort.abort(reason)
    expect(await second).toBe(reason)
    // A third one, sent after the queue moved on, uses the connection of the first: it was left in peace.
    const third = way.http.request({ url: source.url('/third') })
    answer(source, 0)
    expect(textOf((await first).body)).toBe('/first')
    await source.request(1)
    answer(source, 1)
    expect(textOf((await third).body)).toBe('/third')
    expect([source.sockets.length, source.requests.map(({ url }) => url)]).toEqual([1, ['/first', '/third']])
  })

  test('with a reason that is no error', async () => {
    await using source = await startSource(() => {})
    await using way = open()
    const request = way.http.request({ url: source.url() }).catch((thrown: unknown) => ({ thrown }))
    await source.request()
    way.abort.abort('stop')
    expect(await request).toEqual({ thrown: 'stop' })
    await source.closed()
  })
})

/** Answers a request that a source with a silent listener has received. */
function answer(source: Source, index: number): void {
  const request = source.requests[index]
  const body = request?.url ?? ''
  request?.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
}

test('an abort ends the requests of its own scope only', async () => {
  await using source = await startSource((request, response) => void (request.url === '/end' && response.end('ok')))
  await using way = open()
  const other = way.egress.http({ signal: new AbortController().signal, secrets: [], log: silentLog })
  const mine = [failure(way.http.request({ url: source.url('/1') })), failure(way.http.request({ url: source.url('/2') }))]
  await source.request(1)
  way.abort.abort(reason)
  expect(await Promise.all(mine)).toEqual([reason, reason])
  expect((await other.request({ url: source.url('/end') })).status).toBe(200)
})

test('a signal keeps no listener when the requests are over', async () => {
  let listeners = 0
  const { signal } = new AbortController()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  await using source = await startSource((_request, response) => response.end('x'))
  await using way = open({}, { signal })
  await way.http.request({ url: source.url() })
  await failure(way.http.request({ url: 'http://10.0.0.1/' }))
  expect(listeners).toBe(0)
})

describe('close', () => {
  test('ends what runs as interrupted and closes every connection', async () => {
    await using source = await startSource((request, response) => void (request.url === '/idle' && response.end('x')))
    await using way = open()
    await way.http.request({ url: source.url('/idle') })
    const running = [1, 2].map((number) => failure(way.http.request({ url: source.url(`/${number}`) })))
    await source.request(2)
    await way.egress.close()
    expect((await Promise.all(running)).map(({ code }) => code)).toEqual(['interrupted', 'interrupted'])
    await Promise.all(source.sockets.map((_socket, index) => source.closed(index)))
    expect((await failure(way.http.request({ url: source.url('/idle') }))).code).toBe('interrupted')
  })

  test('may be called twice, and with nothing open', async () => {
    const way = open()
    await way.egress.close()
    await expect(way.egress.close()).resolves.toBeUndefined()
  })
})
