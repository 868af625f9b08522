import type { Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { constants, createBrotliCompress, createGzip, createZstdCompress, gzipSync } from 'node:zlib'
import type { HttpStream } from '@data-weaver/contracts'
import { silentLog } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../test/certificate.ts'
import { failure, open, startRaw, startScripted, startSecureSource, startSource, textOf } from '../test/source.ts'

const reason = new Error('The stream was stopped.')

async function all(stream: HttpStream): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream.body) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}
const next = async (reader: AsyncIterator<Uint8Array>) => textOf((await reader.next()).value as Uint8Array)

describe('a stream', () => {
  test('gives the pieces of a body while they come, and ends', async () => {
    const answers: ServerResponse[] = []
    await using source = await startSource((_request, response) => void answers.push(response.writeHead(200, { 'x-a': 'b' })))
    await using way = open()
    const opening = way.http.stream({ url: source.url('/live?x=1'), headers: { accept: 'text/event-stream' } })
    await source.request()
    answers[0]?.write('one')
    const stream = await opening
    expect([stream.status, stream.headers['x-a'], stream.url]).toEqual([200, 'b', source.url('/live?x=1')])
    expect(source.requests[0]?.headers.accept).toBe('text/event-stream')
    const reader = stream.body[Symbol.asyncIterator]()
    expect(await next(reader)).toBe('one')
    answers[0]?.write('two')
    expect(await next(reader)).toBe('two')
    answers[0]?.end()
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    await source.closed()
  })

  test('resolves with any status, and its body', async () => {
    await using source = await startSource((_request, response) => response.writeHead(503).end('busy'))
    await using way = open()
    const stream = await way.http.stream({ url: source.url() })
    expect([stream.status, await all(stream)]).toEqual([503, 'busy'])
  })

  test('sends a body, and takes an answer that has none', async () => {
    await using source = await startSource((_request, response) => response.writeHead(204).end())
    await using way = open()
    const stream = await way.http.stream({ method: 'POST', url: source.url(), body: '{"a":1}' })
    expect([stream.status, await all(stream)]).toEqual([204, ''])
    expect(source.requests[0]?.headers['content-length']).toBe('7')
  })

  test('may be read once', async () => {
    await using source = await startSource((_request, response) => response.end('x'))
    await using way = open()
    const stream = await way.http.stream({ url: source.url() })
    expect(await all(stream)).toBe('x')
    await expect(all(stream)).rejects.toThrow(TypeError)
  })

  test('comes over TLS', async () => {
    const authority = makeCertificate('Test Authority', { authority: true })
    const identity = makeCertificate('source', { hosts: ['127.0.0.1'], issuer: authority })
    await using source = await startSecureSource((_request, response) => response.end('safe'), identity)
    await using way = open({ caCertificates: authority.cert })
    expect(await all(await way.http.stream({ url: source.url() }))).toBe('safe')
    await using other = open()
    expect((await failure(other.http.stream({ url: source.url() }))).code).toBe('source_tls')
  })

  test('follows redirects without the credentials of the first origin', async () => {
    await using last = await startSource((request, response) => response.end(request.headers.authorization ?? 'none'))
    await using first = await startSource((_request, response) => response.writeHead(307, { location: last.url('/there') }).end('moved'))
    await using way = open()
    const stream = await way.http.stream({ url: first.url(), headers: { authorization: 'Bearer t' } })
    expect([stream.url, await all(stream)]).toEqual([last.url('/there'), 'none'])
    await first.closed()
  })

  test('gives up on a circle', async () => {
    await using source = await startSource((_request, response) => response.writeHead(302, { location: '/' }).end())
    await using way = open()
    expect((await failure(way.http.stream({ url: source.url() }))).code).toBe('source_loop')
    await Promise.all(source.sockets.map((_socket, index) => source.closed(index)))
  })

  test('keeps no secret in its facts', async () => {
    const secret = 's3cret/+value'
    await using source = await startSource((_request, response) => response.writeHead(200, { 'x-echo': secret }).end())
    await using way = open({}, { secrets: [secret] })
    const { facts, headers } = await way.http.stream({ url: source.url(`/?q=${encodeURIComponent(secret)}`), headers: { 'x-key': secret } })
    expect(JSON.stringify(facts)).not.toContain('s3cret')
    expect(headers['x-echo']).toBe(secret)
    expect(facts.response).toMatchObject({ status: 200, receivedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string })
  })
})

describe('an encoded stream is decoded as it comes', () => {
  const flushed = [
    ['gzip', () => createGzip({ flush: constants.Z_SYNC_FLUSH })],
    ['br', () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
    ['zstd', () => createZstdCompress({ flush: constants.ZSTD_e_flush })],
  ] as const
  test.each(flushed)('%s', async (encoding, create) => {
    const encoder = create()
    await using source = await startSource(
      (_request, response) => void encoder.pipe(response.writeHead(200, { 'content-encoding': encoding })),
    )
    await using way = open()
    const opening = way.http.stream({ url: source.url() })
    encoder.write('first event')
    const reader = (await opening).body[Symbol.asyncIterator]()
    expect(await next(reader)).toBe('first event')
    encoder.end('second event')
    expect(await next(reader)).toBe('second event')
    expect((await reader.next()).done).toBe(true)
  })

  test('and however large, it comes whole', async () => {
    const body = randomBytes(8 * 1024 * 1024).toString('hex')
    await using source = await startSource((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body))
    })
    await using way = open()
    expect((await all(await way.http.stream({ url: source.url() }))) === body).toBe(true)
  })

  test('and what is no such encoding is malformed', async () => {
    await using source = await startSource((request, response) =>
      response.writeHead(200, { 'content-encoding': request.url === '/' ? 'gzip' : 'rot13' }).end('plain'),
    )
    await using way = open()
    expect((await failure(all(await way.http.stream({ url: source.url() })))).code).toBe('source_malformed')
    expect((await failure(way.http.stream({ url: source.url('/other') }))).code).toBe('source_malformed')
  })
})

describe('a stream that fails', () => {
  test('is truncated when it is cut off, after what came was given', async () => {
    await using source = await startScripted('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', (socket) =>
      setImmediate(() => socket.end()),
    )
    await using way = open()
    const reader = (await way.http.stream({ url: source.url() })).body[Symbol.asyncIterator]()
    expect(await next(reader)).toBe('abc')
    expect((await failure(reader.next())).code).toBe('source_truncated')
  })

  test('is late when it is silent for too long, before the headers and after', async () => {
    await using source = await startSource((request, response) => void (request.url === '/body' && response.writeHead(200).write('x')))
    await using way = open()
    const limits = { headersTimeoutMs: 100, idleTimeoutMs: 100 }
    const before = await failure(way.http.stream({ url: source.url('/headers'), ...limits }))
    expect([before.code, before.message]).toEqual(['source_timeout', expect.stringContaining('within 100 ms')])
    const stream = await way.http.stream({ url: source.url('/body'), idleTimeoutMs: 100 })
    const reader = stream.body[Symbol.asyncIterator]()
    expect(await next(reader)).toBe('x')
    expect((await failure(reader.next())).code).toBe('source_timeout')
    await Promise.all([source.closed(0), source.closed(1)])
  })

  test.each([
    ['http://10.0.0.1/', 'egress_refused'],
    ['http://127.0.0.1:1/', 'source_unreachable'],
    ['nothing', 'invalid_config'],
  ])('to begin with %s is %s', async (url, code) => {
    await using way = open()
    expect((await failure(way.http.stream({ url }))).code).toBe(code)
  })
})

test.each(['before the headers', 'in the body'])('an abort %s ends a stream with its reason', async (when) => {
  await using source = await startSource((_request, response) => void (when === 'in the body' && response.writeHead(200).write('x')))
  await using way = open()
  const opening = way.http.stream({ url: source.url() })
  if (when === 'in the body') {
    const reader = (await opening).body[Symbol.asyncIterator]()
    await reader.next()
    const reading = failure(reader.next())
    way.abort.abort(reason)
    expect(await reading).toBe(reason)
  } else {
    const error = failure(opening)
    await source.request()
    way.abort.abort(reason)
    expect(await error).toBe(reason)
  }
  await source.closed()
})

test.each(['close', 'leaving the loop', 'closing the way out'])('%s frees the connection', async (how) => {
  await using source = await startSource((_request, response) => void response.writeHead(200).write('x'))
  await using way = open()
  const stream = await way.http.stream({ url: source.url() })
  if (how === 'close') stream.close()
  else if (how === 'closing the way out') {
    await way.egress.close()
    expect((await failure(all(stream))).code).toBe('interrupted')
  } else for await (const _piece of stream.body) break
  await source.closed()
})

test('a slow reader slows the source down, and memory stays bounded', async () => {
  const piece = Buffer.alloc(64 * 1024, 'x')
  let sent = 0
  await using source = await startRaw((socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const fill = () => {
      do sent += piece.length
      while (socket.write(piece) && sent < 256 * 1024 * 1024)
      socket.once('drain', fill)
    }
    fill()
  })
  await using way = open()
  const stream = await way.http.stream({ url: source.url() })
  let before = 0
  const heldUp = () => {
    const same = sent > 0 && sent === before
    before = sent
    return same
  }
  await eventually(heldUp, { what: 'the source to be held up', intervalMs: 100 })
  // What the kernel buffers on both sides of the loopback is some MiB; what we hold is less than one.
  expect(before).toBeLessThan(32 * 1024 * 1024)
  let read = 0
  for await (const part of stream.body) {
    read += part.length
    if (read > before + 1024 * 1024) break
  }
  expect(sent).toBeGreaterThan(before)
})

test('quiet streams take no connection from requests', async () => {
  await using source = await startSource(
    (request, response) => void (request.url === '/poll' ? response.end('ok') : response.writeHead(200).write('x')),
  )
  await using way = open({ maxConnectionsPerOrigin: 1 })
  await Promise.all(Array.from({ length: 5 }, () => way.http.stream({ url: source.url('/live') })))
  expect(textOf((await way.http.request({ url: source.url('/poll') })).body)).toBe('ok')
})

test('an ended stream leaves nothing at the signal', async () => {
  await using source = await startSource((_request, response) => response.end('x'))
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => void ((listeners += 1), add(...args))
  signal.removeEventListener = (...args: Parameters<typeof remove>) => void ((listeners -= 1), remove(...args))
  await using way = open()
  const http = way.egress.http({ signal, secrets: [], log: silentLog })
  await all(await http.stream({ url: source.url() }))
  await failure(http.stream({ url: 'http://10.0.0.1/' }))
  expect(listeners).toBe(0)
})
