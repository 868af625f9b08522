import { describe, expect, test } from 'vitest'
import { failure, open, startRaw, startSource, textOf } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'

describe('what is sent', () => {
  test('has the method, the path, the headers and the body of the request, and little more', async () => {
    const seen: unknown[] = []
    await using source = await startSource((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { connection: _connection, ...headers } = request.headers
        seen.push({ method: request.method, url: request.url, headers, body: Buffer.concat(chunks).toString() })
        response.end()
      })
    })
    await using way = open({ userAgent: 'test/1' })
    const host = `127.0.0.1:${source.port}`
    const usual = { host, 'user-agent': 'test/1', accept: '*/*', 'accept-encoding': 'gzip, br, zstd, deflate' }
    await way.http.request({ url: new URL(source.url('/a%20b/é?q=x y&z=%2F#part')) })
    await way.http.request({
      method: 'POST',
      url: source.url('/p'),
      body: '{"é":1}',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'mine', 'X-Latin': 'caf\xe9' },
    })
    await way.http.request({
      method: 'PUT',
      url: source.url('/u'),
      body: new Uint8Array([65, 66]),
      headers: { Accept: 'text/plain', 'accept-encoding': 'identity' },
    })
    await way.http.request({ method: 'DELETE', url: source.url('/d'), body: '' })
    expect(seen).toEqual([
      { method: 'GET', url: '/a%20b/%C3%A9?q=x%20y&z=%2F', headers: usual, body: '' },
      {
        method: 'POST',
        url: '/p',
        headers: { ...usual, 'user-agent': 'mine', 'content-type': 'application/json', 'content-length': '8', 'x-latin': 'caf\xe9' },
        body: '{"é":1}',
      },
      {
        method: 'PUT',
        url: '/u',
        headers: { ...usual, accept: 'text/plain', 'accept-encoding': 'identity', 'content-length': '2' },
        body: 'AB',
      },
      { method: 'DELETE', url: '/d', headers: usual, body: '' },
    ])
  })

  test('the same URL object is not changed', async () => {
    await using source = await startSource((_request, response) => response.end())
    await using way = open()
    const url = new URL(source.url('/x#part'))
    await way.http.request({ url })
    expect(url.hash).toBe('#part')
  })
})

describe('a header is refused', () => {
  const own = [
    'Host',
    'connection',
    'Content-Length',
    'transfer-encoding',
    'upgrade',
    'keep-alive',
    'te',
    'trailer',
    'expect',
    'proxy-authorization',
  ]
  const refused: readonly (readonly [name: string, value: string, problem: string])[] = [
    ['x-a', 'one\r\nx-b: two', 'line break'],
    ['x-a', 'one\ntwo', 'line break'],
    ['x-a', 'one\rtwo', 'line break'],
    ['x-a', 'one\u0000two', 'cannot carry'],
    ['x-a', 'ключ', 'cannot carry'],
    ['x-a', '\u010a\u010d', 'cannot carry'],
    ['x-a\r\nx-b', 'one', 'header name'],
    ['x a', 'one', 'header name'],
    ['x:a', 'one', 'header name'],
    ['', 'one', 'header name'],
    ...own.map((name) => [name, '1', 'belongs to the connection'] as const),
  ]
  test.each(refused)('%j: %j', async (name, value, problem) => {
    await using source = await startRaw(() => {})
    await using way = open()
    const error = await failure(way.http.request({ url: source.url(), headers: { [name]: value } }))
    expect([error.code, error.retryable]).toEqual(['invalid_config', false])
    expect(error.message).toContain(problem)
    expect(error.message).toContain(JSON.stringify(name))
    expect(source.sockets).toHaveLength(0)
  })

  test('given twice, too large, or of another type', async () => {
    await using way = open()
    const url = 'http://127.0.0.1:9/'
    expect((await failure(way.http.request({ url, headers: { 'X-A': '1', 'x-a': '2' } }))).message).toContain('twice')
    expect((await failure(way.http.request({ url, headers: { 'x-a': 'x'.repeat(40_000) } }))).message).toContain('larger than')
    expect((await failure(way.http.request({ url, headers: { 'x-a': 5 as unknown as string } }))).code).toBe('invalid_config')
  })
})

describe('connections', () => {
  test('a sequence of requests keeps one', async () => {
    await using source = await startSource((_request, response) => response.end('x'))
    await using way = open()
    for (let count = 0; count < 20; count += 1) await way.http.request({ url: source.url() })
    expect(source.sockets).toHaveLength(1)
  })

  test('are not more than the limit, and all requests are served', async () => {
    let open_ = 0
    let most = 0
    await using source = await startSource((_request, response) => {
      most = Math.max(most, (open_ += 1))
      setImmediate(() => {
        open_ -= 1
        response.end('x')
      })
    })
    await using way = open({ maxConnectionsPerOrigin: 3 })
    const answers = await Promise.all(Array.from({ length: 50 }, () => way.http.request({ url: source.url() })))
    expect(answers).toHaveLength(50)
    expect(most).toBeLessThanOrEqual(3)
    expect(source.sockets.length).toBeLessThanOrEqual(3)
  })

  test('one that the server closed while it was idle is replaced without a failure', async () => {
    await using source = await startRaw((socket) => {
      let answered = false
      socket.on('data', () => {
        // The second request on a connection meets a server that has just given it up.
        if (answered) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        answered = true
      })
    })
    await using way = open()
    for (let count = 0; count < 5; count += 1) expect(textOf((await way.http.request({ url: source.url() })).body)).toBe('ok')
    expect(source.sockets).toHaveLength(5)
    await way.http.request({ url: source.url() })
    expect((await failure(way.http.request({ method: 'POST', url: source.url(), body: 'x' }))).code).toBe('source_unreachable')
  })

  test('of a server that closes each one after its answer', async () => {
    await using source = await startSource((_request, response) => response.setHeader('connection', 'close').end('x'))
    await using way = open()
    for (let count = 0; count < 5; count += 1) expect((await way.http.request({ url: source.url() })).status).toBe(200)
    expect(source.sockets).toHaveLength(5)
  })

  test('many origins at once', async () => {
    await using source = await startSource((request, response) => response.end(request.headers.host))
    await using way = open({ allow: parseEgressAllow('*.example'), lookup: async () => [{ address: '127.0.0.1', family: 4 }] })
    const hosts = Array.from({ length: 200 }, (_, index) => `h${index}.example`)
    const answers = await Promise.all(hosts.map((host) => way.http.request({ url: source.url('/', host) })))
    expect(answers.map(({ body }) => textOf(body))).toEqual(hosts.map((host) => `${host}:${source.port}`))
  })
})
