import type { WebSocketConnection } from '@data-weaver/contracts'
import { eventually, fakeClock } from '@data-weaver/testkit'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { makeCertificate } from '../test/certificate.ts'
import { failure, open, startRaw, startScripted, startSource } from '../test/source.ts'
import { startWebSocketSource } from '../test/web-socket-source.ts'

const reason = new Error('The stream was stopped.')
type Message = string | Uint8Array

const reader = (connection: WebSocketConnection) => connection.messages[Symbol.asyncIterator]()
async function all(connection: WebSocketConnection): Promise<Message[]> {
  const messages: Message[] = []
  for await (const message of connection.messages) messages.push(message)
  return messages
}

describe('a WebSocket', () => {
  test('gives what the source sends, from the first message on, and ends with it', async () => {
    await using source = await startWebSocketSource((socket) => {
      socket.send('grüße')
      socket.send(Buffer.from([0, 255, 1]))
      socket.send('')
      socket.close(1000)
    })
    await using way = open()
    const connection = await way.http.websocket({ url: source.url() })
    expect(await all(connection)).toEqual(['grüße', new Uint8Array([0, 255, 1]), ''])
    await source.closed()
  })

  test('sends text and bytes', async () => {
    await using source = await startWebSocketSource((socket) =>
      socket.on('message', (data, binary) => socket.send(`${(data as Buffer).toString()} ${binary}`)),
    )
    await using way = open()
    const connection = await way.http.websocket({ url: source.url() })
    const messages = reader(connection)
    await connection.send('hello')
    expect(await messages.next()).toEqual({ done: false, value: 'hello false' })
    await connection.send(Buffer.from('bytes'))
    expect(await messages.next()).toEqual({ done: false, value: 'bytes true' })
    connection.close()
    await source.closed()
    expect((await failure(connection.send('late'))).code).toBe('source_truncated')
  })

  test('goes by http: as well, with headers, query and subprotocols, and no compression', async () => {
    await using source = await startWebSocketSource(() => {}, { handleProtocols: () => 'v2', perMessageDeflate: true })
    await using way = open({}, { secrets: ['s3cret/x'] })
    const connection = await way.http.websocket({
      url: source.url('/live?key=s3cret/x#part').replace('ws:', 'http:'),
      headers: { Authorization: 'Bearer s3cret/x', 'x-client': 'weaver' },
      protocols: ['v1', 'v2'],
    })
    expect(connection.protocol).toBe('v2')
    const { headers, url } = source.requests[0] ?? {}
    expect(url).toBe('/live?key=s3cret/x')
    expect(headers).toMatchObject({ authorization: 'Bearer s3cret/x', 'x-client': 'weaver', 'sec-websocket-protocol': 'v1,v2' })
    expect(headers).toMatchObject({ 'user-agent': expect.stringMatching(/^data-weaver/) as string })
    expect(headers).not.toHaveProperty('sec-websocket-extensions')
    expect(connection.facts.request.url).toContain('ws://127.0.0.1')
    expect(connection.facts.response).toMatchObject({ status: 101, headers: { upgrade: 'websocket' } })
    expect(JSON.stringify(connection.facts)).not.toContain('s3cret')
  })

  test('comes over TLS', async () => {
    const authority = makeCertificate('Test Authority', { authority: true })
    const identity = makeCertificate('source', { hosts: ['127.0.0.1'], issuer: authority })
    await using source = await startWebSocketSource((socket) => socket.close(1001, 'safe'), { identity })
    await using way = open({ caCertificates: authority.cert })
    expect(await all(await way.http.websocket({ url: source.url() }))).toEqual([])
    await using other = open()
    expect((await failure(other.http.websocket({ url: source.url() }))).code).toBe('source_tls')
  })

  test('answers pings, and is closed by us in good order', async () => {
    const ponged = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<number>()
    await using source = await startWebSocketSource((socket) => {
      socket.on('pong', ponged.resolve).on('close', closed.resolve)
      socket.ping()
    })
    await using way = open()
    const connection = await way.http.websocket({ url: source.url() })
    await ponged.promise
    const rest = all(connection)
    connection.close()
    connection.close()
    expect([await rest, await closed.promise]).toEqual([[], 1000])
    await source.closed()
  })

  test('that the other side does not close is closed all the same', async () => {
    await using source = await startWebSocketSource((socket) => socket.pause())
    await using way = open()
    const connection = await way.http.websocket({ url: source.url() })
    connection.close()
    expect(await all(connection)).toEqual([])
    await source.closed()
  })
})

describe('an answer that is no upgrade', () => {
  test.each([
    [401, {}, 'auth_failed', undefined],
    [403, {}, 'auth_failed', undefined],
    [403, { 'retry-after': '3' }, 'rate_limited', 3000],
    [404, {}, 'source_not_found', undefined],
    [410, {}, 'source_not_found', undefined],
    [429, { 'retry-after': '7' }, 'rate_limited', 7000],
    [429, { date: 'Sun, 01 Mar 2026 12:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2026 12:00:09 GMT' }, 'rate_limited', 9000],
    [503, {}, 'source_unavailable', undefined],
    [408, {}, 'source_unavailable', undefined],
    [301, { location: 'http://127.0.0.1:1/' }, 'source_rejected', undefined],
    [400, {}, 'source_rejected', undefined],
    [200, {}, 'source_rejected', undefined],
  ] as const)('%i %j is %s', async (status, headers, code, retryAfterMs) => {
    await using source = await startSource((request, response) =>
      response.writeHead(status, { ...headers }).end(`no, ${String(request.headers['x-key'])}`),
    )
    await using way = open({}, { secrets: ['s3cret'] })
    const error = await failure(way.http.websocket({ url: source.url(), headers: { 'x-key': 's3cret' } }))
    expect([error.code, error.retryAfterMs]).toEqual([code, retryAfterMs])
    expect(error.message).toContain(`${status}`)
    expect(error.message).toContain('no, [redacted]')
    await source.closed()
  })

  test.each([
    [
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n',
      'source_malformed',
    ],
    ['SSH-2.0-OpenSSH_9\r\n\r\n', 'source_malformed'],
    [`HTTP/1.1 101 Switching Protocols\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 'source_too_large'],
  ])('%.24j is %s', async (answer, code) => {
    await using source = await startScripted(answer)
    await using way = open()
    expect((await failure(way.http.websocket({ url: source.url() }))).code).toBe(code)
    await source.closed()
  })

  test('that never comes is late', async () => {
    await using source = await startSource(() => {})
    await using way = open()
    const error = await failure(way.http.websocket({ url: source.url(), openTimeoutMs: 100 }))
    expect([error.code, error.message]).toEqual(['source_timeout', expect.stringContaining('within 100 ms')])
    await source.closed()
  })

  test('because the connection is closed is unreachable', async () => {
    await using source = await startRaw((socket) => socket.once('data', () => socket.destroy()))
    await using way = open()
    expect((await failure(way.http.websocket({ url: source.url() }))).code).toBe('source_unreachable')
  })

  test('with a subprotocol that was not offered is malformed', async () => {
    await using source = await startWebSocketSource(() => {}, { handleProtocols: () => false })
    await using way = open()
    expect((await failure(way.http.websocket({ url: source.url(), protocols: ['v1'] }))).code).toBe('source_malformed')
  })

  test.each([
    [{ url: 'ws://10.0.0.1/' }, 'egress_refused'],
    [{ url: 'wss://[::1]/' }, 'egress_refused'],
    [{ url: 'ws://user:word@127.0.0.1/' }, 'egress_refused'],
    [{ url: 'ftp://127.0.0.1/' }, 'egress_refused'],
    [{ url: 'nothing' }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1/', headers: { 'Sec-WebSocket-Key': 'x' } }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1/', headers: { upgrade: 'h2c' } }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1/', protocols: ['a b'] }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1/', protocols: ['a', 'a'] }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1/', pingMs: 0 }, 'invalid_config'],
    [{ url: 'ws://127.0.0.1:1/' }, 'source_unreachable'],
  ])('cannot come for %j (%s)', async (request, code) => {
    await using way = open()
    expect((await failure(way.http.websocket(request))).code).toBe(code)
  })
})

describe('a WebSocket that ends badly', () => {
  test('is truncated when it is lost, after what came was given', async () => {
    await using source = await startWebSocketSource((socket) => socket.send('one', () => socket.terminate()))
    await using way = open()
    const messages = reader(await way.http.websocket({ url: source.url() }))
    expect((await messages.next()).value).toBe('one')
    expect((await failure(messages.next())).code).toBe('source_truncated')
  })

  test('is truncated when it is closed with another code', async () => {
    await using source = await startWebSocketSource((socket) => socket.close(1011, 'oops'))
    await using way = open()
    const error = await failure(all(await way.http.websocket({ url: source.url() })))
    expect([error.code, error.message]).toEqual(['source_truncated', expect.stringContaining('1011')])
  })

  test('is too large with a message over the limit, and one at the limit is not', async () => {
    await using source = await startWebSocketSource((socket) => (socket.send('x'.repeat(1000)), socket.send('x'.repeat(1001))))
    await using way = open()
    const messages = reader(await way.http.websocket({ url: source.url(), maxMessageBytes: 1000 }))
    expect((await messages.next()).value).toHaveLength(1000)
    const error = await failure(messages.next())
    expect([error.code, error.message]).toEqual(['source_too_large', expect.stringContaining('1000 bytes')])
    await source.closed()
  })

  test.each([
    ['text that is not UTF-8', [0x81, 0x02, 0xc3, 0x28]],
    ['a frame of an unknown kind', [0x83, 0x00]],
  ])('is malformed with %s', async (_what, frame) => {
    const socketOf = (socket: WebSocket) => (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    await using source = await startWebSocketSource((socket) => socketOf(socket).write(Buffer.from(frame)))
    await using way = open()
    expect((await failure(all(await way.http.websocket({ url: source.url() })))).code).toBe('source_malformed')
    await source.closed()
  })

  test('is late when it is silent, and pongs are no silence', async () => {
    await using quiet = await startWebSocketSource(() => {}, { autoPong: false })
    await using alive = await startWebSocketSource((socket) => {
      let pings = 0
      socket.on('ping', () => (pings += 1) === 5 && socket.close(1000))
    })
    await using way = open()
    const limits = { idleTimeoutMs: 200, pingMs: 50 }
    const silent = await failure(all(await way.http.websocket({ url: quiet.url(), ...limits })))
    expect([silent.code, silent.message]).toEqual(['source_timeout', expect.stringContaining('200 ms')])
    await quiet.closed()
    expect(await all(await way.http.websocket({ url: alive.url(), ...limits }))).toEqual([])
  })
})

test.each(['while it opens', 'while it is read', 'while nobody reads'])('an abort ends a WebSocket %s, with its reason', async (when) => {
  await using source = when === 'while it opens' ? await startSource(() => {}) : await startWebSocketSource((socket) => socket.send('x'))
  await using way = open()
  const opening = way.http.websocket({ url: source.url() })
  if (when === 'while it opens') {
    const error = failure(opening)
    await source.request()
    way.abort.abort(reason)
    expect(await error).toBe(reason)
  } else {
    const connection = await opening
    const messages = reader(connection)
    if (when === 'while it is read') await messages.next()
    const reading = when === 'while it is read' ? failure(messages.next()) : null
    way.abort.abort(reason)
    expect(await (reading ?? failure(messages.next()))).toBe(reason)
    expect(await failure(connection.send('x'))).toBe(reason)
  }
  await source.closed()
})

test('closing the way out ends WebSockets as interrupted', async () => {
  await using source = await startWebSocketSource(() => {})
  await using way = open()
  const reading = failure(all(await way.http.websocket({ url: source.url() })))
  await way.egress.close()
  expect((await reading).code).toBe('interrupted')
  await source.closed()
})

test('leaving the loop closes the connection', async () => {
  await using source = await startWebSocketSource((socket) => socket.send('x'))
  await using way = open()
  const connection = await way.http.websocket({ url: source.url() })
  for await (const message of connection.messages) {
    expect(message).toBe('x')
    break
  }
  await source.closed()
})

test('a slow reader slows the source down: its silence is no silence of the source, and nothing is lost', async () => {
  const message = 'x'.repeat(16 * 1024)
  const total = 4000
  let handed = 0
  await using source = await startWebSocketSource((socket) => {
    // One after the other, so that what is handed to the network is known.
    const next = () => {
      if (handed < total) socket.send(`${handed} ${message}`, () => ((handed += 1), next()))
    }
    next()
  })
  const clock = fakeClock()
  await using way = open({ clock })
  const messages = reader(await way.http.websocket({ url: source.url(), idleTimeoutMs: 1000 }))
  let before = 0
  const heldUp = () => {
    const same = handed > 0 && handed === before
    before = handed
    return same
  }
  await eventually(heldUp, { what: 'the source to be held up', intervalMs: 100 })
  // 64 MB were sent; what is not in the buffers of the kernel waits at the source.
  expect(handed).toBeLessThan(total / 2)
  await clock.advance(60_000)
  for (let number = 0; number < total; number += 1) expect((await messages.next()).value).toBe(`${number} ${message}`)
})
