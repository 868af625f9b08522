import { randomBytes } from 'node:crypto'
import { brotliCompressSync, constants, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { WeaverError } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { failure, open, startRaw, startScripted, startSource, textOf } from '../test/source.ts'
import { Body } from './decoding.ts'

const MIB = 1024 * 1024
const json = JSON.stringify({ data: { city: 'Madrid', note: 'é – 🔑', filler: 'x'.repeat(500) } })
/** Does not compress, so that encoded and decoded sizes are near each other and streams get many pieces. */
const noise = randomBytes(MIB)

const encoders: Readonly<Record<string, (body: Uint8Array | string) => Buffer>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZIP: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
}

describe('a body arrives byte for byte', () => {
  test('without an encoding, empty or of every byte', async () => {
    const bodies = [Buffer.alloc(0), Buffer.from(json), Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), noise]
    await using source = await startSource((request, response) => response.end(bodies[Number(request.url?.slice(1))]))
    await using way = open()
    for (const [index, body] of bodies.entries()) {
      const answer = await way.http.request({ url: source.url(`/${index}`) })
      expect(Buffer.compare(answer.body, body)).toBe(0)
    }
  })

  test.each(Object.keys(encoders))('encoded as %s: small, large and empty', async (encoding) => {
    const encode = encoders[encoding] as (body: Uint8Array | string) => Buffer
    const bodies = [Buffer.from(json), noise, Buffer.alloc(2 * MIB, 'a'), Buffer.alloc(0)]
    await using source = await startSource((request, response) => {
      response.setHeader('content-encoding', encoding)
      response.end(encode(bodies[Number(request.url?.slice(1))] as Buffer))
    })
    await using way = open()
    for (const [index, body] of bodies.entries()) {
      const answer = await way.http.request({ url: source.url(`/${index}`) })
      expect(Buffer.compare(answer.body, body)).toBe(0)
    }
    expect(source.requests[0]?.headers['accept-encoding']).toBe('gzip, br, zstd, deflate')
  })

  test('encoded as deflate without its frame, encoded twice, in pieces of one byte, and gzip in two members', async () => {
    const cases: readonly (readonly [string, Buffer])[] = [
      ['deflate', deflateRawSync(json)],
      ['deflate, gzip', gzipSync(deflateSync(json))],
      ['identity', Buffer.from(json)],
      ['gzip, identity', gzipSync(json)],
      ['gzip', Buffer.concat([gzipSync(json.slice(0, 100)), gzipSync(json.slice(100))])],
    ]
    await using source = await startSource((request, response) => {
      const [encoding, body] = cases[Number(request.url?.slice(1))] as readonly [string, Buffer]
      response.setHeader('content-encoding', encoding)
      for (const byte of body) response.write(Buffer.from([byte]))
      response.end()
    })
    await using way = open()
    for (const index of cases.keys()) expect(textOf((await way.http.request({ url: source.url(`/${index}`) })).body)).toBe(json)
  })

  test('an empty body that claims an encoding, and answers that have none', async () => {
    await using source = await startSource((request, response) => {
      response
        .writeHead(Number(request.url?.slice(1)), { 'content-encoding': 'gzip', 'content-length': request.method === 'HEAD' ? 999 : 0 })
        .end()
    })
    await using way = open({ maxBytes: 100 })
    for (const status of [200, 204, 304]) expect((await way.http.request({ url: source.url(`/${status}`) })).body).toHaveLength(0)
    const head = await way.http.request({ method: 'HEAD', url: source.url('/200') })
    expect(head.body).toHaveLength(0)
    expect(head.headers['content-length']).toBe('999')
  })

  test('every status resolves', async () => {
    await using source = await startSource((request, response) => response.writeHead(Number(request.url?.slice(1))).end('why'))
    await using way = open()
    for (const status of [201, 300, 400, 401, 404, 418, 429, 500, 503]) {
      const answer = await way.http.request({ url: source.url(`/${status}`) })
      expect([answer.status, textOf(answer.body)]).toEqual([status, 'why'])
    }
  })

  test('after an early hint', async () => {
    await using source = await startScripted('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    await using way = open()
    const answer = await way.http.request({ url: source.url() })
    expect([answer.status, textOf(answer.body), answer.headers['link']]).toEqual([200, 'ok', undefined])
  })
})

describe('a body over the limit', () => {
  test('ends at once when its length says so, and its connection is closed', async () => {
    await using source = await startScripted('HTTP/1.1 200 OK\r\ncontent-length: 209715200\r\n\r\n')
    await using way = open()
    const error = await failure(way.http.request({ url: source.url() }))
    expect([error.code, error.retryable]).toEqual(['source_too_large', false])
    await source.closed()
  })

  test.each(['identity', 'gzip'])('ends when it is endless (%s)', async (encoding) => {
    await using source = await startSource((_request, response) => {
      response.setHeader('content-encoding', encoding)
      const gzip = createGzip()
      if (encoding === 'gzip') gzip.pipe(response)
      const target = encoding === 'gzip' ? gzip : response
      response.on('close', () => gzip.destroy())
      const more = () => {
        while (!response.destroyed && target.write(noise.subarray(0, 65_536)));
        if (!response.destroyed) target.once('drain', more)
      }
      more()
    })
    await using way = open({ maxBytes: 5 * MIB })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_too_large')
    await source.closed()
  })

  const bomb = Buffer.alloc(256 * MIB)
  test.each([
    ['gzip', () => gzipSync(bomb)],
    ['br', () => brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['zstd', () => zstdCompressSync(bomb)],
    ['gzip, gzip', () => gzipSync(gzipSync(bomb))],
  ] as const)('ends when it is a bomb (%s), without the memory for it', async (encoding, make) => {
    const body = make()
    await using source = await startSource((_request, response) => response.setHeader('content-encoding', encoding).end(body))
    await using way = open({ maxBytes: 4 * MIB })
    const before = process.memoryUsage()
    const held = ({ heapUsed, external }: NodeJS.MemoryUsage) => heapUsed + external
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_too_large')
    expect(held(process.memoryUsage()) - held(before)).toBeLessThan(64 * MIB)
  })

  test('a request may lower the limit, not lift it', async () => {
    await using source = await startSource((_request, response) => response.end('x'.repeat(1000)))
    await using way = open({ maxBytes: 999 })
    expect((await failure(way.http.request({ url: source.url(), maxBytes: 5000 }))).code).toBe('source_too_large')
    await using wide = open({ maxBytes: 5000 })
    expect((await failure(wide.http.request({ url: source.url(), maxBytes: 999 }))).code).toBe('source_too_large')
    expect((await wide.http.request({ url: source.url(), maxBytes: 1000 })).body).toHaveLength(1000)
    for (const maxBytes of [0, -1, Number.NaN]) {
      expect((await failure(wide.http.request({ url: source.url(), maxBytes }))).code).toBe('invalid_config')
    }
  })

  test('headers have a limit too', async () => {
    await using source = await startScripted(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(64 * 1024)}\r\ncontent-length: 0\r\n\r\n`)
    await using many = await startScripted(`HTTP/1.1 200 OK\r\n${'x-y: z\r\n'.repeat(20_000)}content-length: 0\r\n\r\n`)
    await using way = open()
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_too_large')
    expect((await failure(way.http.request({ url: many.url() }))).code).toBe('source_too_large')
  })
})

describe('a body that ends too early', () => {
  const cut = (encoded: Buffer) => encoded.subarray(0, encoded.length - 10)
  test.each([
    ['shorter than its length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":'],
    ['shorter than its length, on a connection that ends', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{"half":'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n{"half":'],
    ['without its last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    [
      'without its last chunk, on a connection that ends',
      'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ],
  ])('%s is truncated', async (_how, answer) => {
    await using source = await startScripted(answer, (socket) => socket.end())
    await using way = open()
    const error = await failure(way.http.request({ url: source.url() }))
    expect([error.code, error.retryable]).toEqual(['source_truncated', true])
  })

  test('a reset in the middle is truncated', async () => {
    await using source = await startScripted('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":', (socket) =>
      setImmediate(() => socket.resetAndDestroy()),
    )
    await using way = open()
    expect(['source_truncated', 'source_unreachable']).toContain((await failure(way.http.request({ url: source.url() }))).code)
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('a cut compressed body is truncated (%s), small and large', async (encoding, encode) => {
    const bodies = [cut(encode(json)), cut(encode(noise))]
    await using source = await startSource((request, response) => {
      response.setHeader('content-encoding', encoding).end(bodies[Number(request.url?.slice(1))])
    })
    await using way = open()
    expect((await failure(way.http.request({ url: source.url('/0') }))).code).toBe('source_truncated')
    expect((await failure(way.http.request({ url: source.url('/1') }))).code).toBe('source_truncated')
  })
})

describe('a body that cannot be read', () => {
  test.each([
    ['gzip', Buffer.from(json)],
    ['gzip', Buffer.concat([gzipSync(json).subarray(0, 40), Buffer.alloc(200, 7)])],
    ['gzip', Buffer.concat([gzipSync(noise).subarray(0, 40_000), Buffer.alloc(40_000, 7)])],
    ['deflate', Buffer.from('<html>not compressed</html>')],
    ['br', Buffer.from(json)],
    ['zstd', Buffer.from(json)],
    ['zstd', Buffer.concat([zstdCompressSync(noise).subarray(0, 4), Buffer.alloc(80_000, 0xff)])],
    ['compress', Buffer.from(json)],
    ['constructor', Buffer.from(json)],
    ['gzip, gzip, gzip, gzip', Buffer.from(json)],
  ])('is malformed (%s)', async (encoding, body) => {
    await using source = await startSource((_request, response) => response.setHeader('content-encoding', encoding).end(body))
    await using way = open()
    const error = await failure(way.http.request({ url: source.url() }))
    expect([error.code, error.retryable]).toEqual(['source_malformed', true])
  })

  test.each([
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
    'HTTP/1.1 999999 What\r\n\r\n',
  ])('is malformed when it is not HTTP: %j', async (answer) => {
    await using source = await startScripted(answer)
    await using way = open()
    const error = await failure(way.http.request({ url: source.url() }))
    expect(error.code).toBe('source_malformed')
    expect(error.message).toContain('is not HTTP')
  })
})

describe('a body that is too slow', () => {
  const drip = () =>
    startRaw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
        const timer = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(timer))
      })
    })

  test('ends at the timeout of the request although bytes keep coming, and its connection is closed', async () => {
    await using source = await drip()
    await using way = open({ bodyTimeoutMs: 10_000 })
    const error = await failure(way.http.request({ url: source.url(), timeoutMs: 150 }))
    expect([error.code, error.retryable]).toEqual(['source_timeout', true])
    expect(error.message).toContain('150 ms')
    await source.closed()
  })

  test('ends at the default timeout', async () => {
    await using source = await drip()
    await using way = open({ requestTimeoutMs: 120 })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_timeout')
  })

  test('ends when nothing comes for too long, before or after the headers', async () => {
    await using silent = await startRaw(() => {})
    await using stuck = await startScripted('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx')
    await using way = open({ headersTimeoutMs: 100, bodyTimeoutMs: 100 })
    const first = await failure(way.http.request({ url: silent.url() }))
    expect([first.code, first.message]).toEqual(['source_timeout', expect.stringContaining('did not begin in time')])
    const second = await failure(way.http.request({ url: stuck.url() }))
    expect([second.code, second.message]).toEqual(['source_timeout', expect.stringContaining('stopped for too long')])
  })

  test('the timeout of a request lifts the limit for its headers', async () => {
    // Timeouts of headers and bodies are kept to about a second.
    await using source = await startSource((_request, response) => void setTimeout(() => response.end('late'), 2200))
    await using way = open({ headersTimeoutMs: 100 })
    expect(textOf((await way.http.request({ url: source.url(), timeoutMs: 10_000 })).body)).toBe('late')
  })

  test('only a number above 0 is a timeout', async () => {
    await using way = open()
    for (const timeoutMs of [0, -5, Number.NaN]) {
      expect((await failure(way.http.request({ url: 'http://127.0.0.1:9/', timeoutMs }))).code).toBe('invalid_config')
    }
  })
})

test('pieces that come faster than they are decoded ask for a pause, and the end of it is told', async () => {
  const encoded = gzipSync(noise, { level: 0 })
  const result = Promise.withResolvers<Uint8Array>()
  const rest = Array.from({ length: Math.ceil(encoded.length / 65_536) }, (_, index) =>
    encoded.subarray(index * 65_536, (index + 1) * 65_536),
  )
  let pauses = 0
  const go = () => {
    for (let piece = rest.shift(); piece !== undefined; piece = rest.shift()) {
      if (body.push(piece)) continue
      pauses += 1
      return
    }
    body.end()
  }
  const body = new Body(2 * MIB, 'gzip', { done: result.resolve, failed: (error: WeaverError) => result.reject(error), resume: go })
  go()
  expect(Buffer.compare(await result.promise, noise)).toBe(0)
  expect(pauses).toBeGreaterThan(5)
})

test('an answer larger than the buffers of both sides is decoded whole while its connection is paused and resumed', async () => {
  const large = Buffer.alloc(24 * MIB, noise)
  await using source = await startSource((_request, response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync(large, { level: 0 })),
  )
  await using way = open()
  expect(Buffer.compare((await way.http.request({ url: source.url() })).body, large)).toBe(0)
})
