import { connect as dialTcp } from 'node:net'
import type { TcpNetConnectOpts } from 'node:net'
import { createSecureContext } from 'node:tls'
import { systemClock } from '@data-weaver/contracts'
import { describe, expect, test } from 'vitest'
import { failure, open, startRaw, startSource } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'
import { createConnector } from './connector.ts'
import { Deadlines } from './deadlines.ts'

const nothing = parseEgressAllow('')
const answerTo =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('a literal address', () => {
  test.each([
    ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001', '127.0.0.1.', '0', '0.0.0.0'],
    ...[
      '%31%32%37.0.0.1',
      '１２７.0.0.1',
      '127。0。0。1',
      '①②⑦.0.0.1',
      '10.0.0.1',
      '192.168.0.1',
      '169.254.169.254',
      '0xa9fea9fe',
      '2852039166',
    ],
    ...['168.63.129.16', '100.100.100.200', '100.64.0.1', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...[
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b::169.254.169.254]',
      '[2002:7f00:1::]',
      '[2001:0:7f00:1::]',
      '[fe80::1]',
      '[fd00:ec2::254]',
    ],
    ...['[ff02::1]', '224.0.0.1', '255.255.255.255', '198.18.0.1'],
  ])('http://%s/ is refused before anything is sent', async (host) => {
    const lookup = async () => {
      throw new Error('A literal is not looked up.')
    }
    await using way = open({ allow: nothing, lookup })
    const error = await failure(way.http.request({ url: `http://${host}/latest/meta-data` }))
    expect(error.code).toBe('egress_refused')
    expect(error.retryable).toBe(false)
    expect(error.message).toContain(`"${new URL(`http://${host}/`).hostname}"`)
    expect(error.message).toContain('WEAVER_EGRESS_ALLOW=')
  })

  test('a server that listens there is not reached', async () => {
    await using source = await startSource((_request, response) => response.end('secret'))
    await using way = open({ allow: parseEgressAllow(`127.0.0.1:${source.port - 1}`) })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('egress_refused')
    expect(source.sockets).toHaveLength(0)
  })
})

describe('a host name', () => {
  test.each([
    [['10.0.0.1']],
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
    [['2606:4700::1', 'fd00::1']],
    [['::ffff:169.254.169.254']],
    [['64:ff9b::a00:1']],
    [['fe80::1%eth0']],
  ])('that resolves to %j is refused, and the message does not tell the address', async (addresses) => {
    await using way = open({ allow: nothing, lookup: answerTo(...addresses) })
    const error = await failure(way.http.request({ url: 'http://source.example/' }))
    expect(error.code).toBe('egress_refused')
    expect(error.message).toContain('"source.example"')
    expect(error.message).toContain('WEAVER_EGRESS_ALLOW=source.example')
    for (const address of addresses) expect(error.message).not.toContain(address)
  })

  test('localhost is refused with the resolver of the system', async () => {
    await using source = await startSource((_request, response) => response.end('secret'))
    await using way = open({ allow: nothing })
    expect((await failure(way.http.request({ url: source.url('/', 'localhost') }))).code).toBe('egress_refused')
    expect(source.sockets).toHaveLength(0)
  })

  test('is looked up once per connection: a second answer of the name server changes nothing', async () => {
    await using source = await startSource((_request, response) => response.end('reached'))
    let asked = 0
    const lookup = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    }
    await using way = open({ lookup })
    const { body } = await way.http.request({ url: source.url('/', 'rebind.example') })
    expect(Buffer.from(body).toString()).toBe('reached')
    expect(asked).toBe(1)
  })

  test('that turns to a private address is refused at the next connection', async () => {
    await using source = await startSource((_request, response) => response.setHeader('connection', 'close').end('reached'))
    let asked = 0
    const lookup = async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    }
    await using way = open({ lookup })
    const url = source.url('/', 'rebind.example')
    await way.http.request({ url })
    await source.closed(0)
    expect((await failure(way.http.request({ url }))).code).toBe('egress_refused')
    expect(source.requests).toHaveLength(1)
  })

  test('an allowed name is reached at its private address', async () => {
    await using source = await startSource((_request, response) => response.end('reached'))
    await using way = open({ allow: parseEgressAllow('*.intern.example'), lookup: answerTo('127.0.0.1') })
    expect((await way.http.request({ url: source.url('/', 'a.intern.example') })).status).toBe(200)
    expect((await failure(way.http.request({ url: source.url('/', 'other.example') }))).code).toBe('egress_refused')
  })

  test('what was refused is logged with its address for the operator', async () => {
    const lines: object[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void lines.push(fields) }
    await using way = open({ allow: nothing, lookup: answerTo('10.0.0.7') }, { log })
    await failure(way.http.request({ url: 'http://source.example/' }))
    expect(lines).toEqual([{ host: 'source.example', address: '10.0.0.7', kind: 'private' }])
  })
})

describe('the peer', () => {
  test.each(['http:', 'https:'])('that is another than the checked address gets no byte (%s)', async (protocol) => {
    let received = 0
    await using source = await startRaw((socket) => socket.on('data', (chunk) => (received += chunk.length)))
    const deadlines = new Deadlines(systemClock)
    const connect = createConnector({
      allow: nothing,
      deadlines,
      connectTimeoutMs: 5000,
      secureContext: () => createSecureContext(),
      lookup: answerTo('8.8.8.8'),
      // What a network that rewrites addresses would do.
      dial: (options) => dialTcp({ ...(options as TcpNetConnectOpts), host: '127.0.0.1' }),
    })
    const { promise, resolve } = Promise.withResolvers<Error | null>()
    connect({ hostname: 'source.example', protocol, port: String(source.port) }, (...[error]) => resolve(error))
    expect(await promise).toMatchObject({ code: 'EGRESS_REFUSED', kind: 'loopback' })
    await source.closed(0)
    expect(received).toBe(0)
    await deadlines.close()
  })
})

describe('a redirect', () => {
  test.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://0x7f.2/',
    '//127.0.0.2/',
    'http://private.example/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'http://user:word@127.0.0.1/',
  ])('to %s is refused', async (location) => {
    await using source = await startSource((_request, response) => response.writeHead(302, { location }).end())
    await using way = open({ lookup: answerTo('192.168.1.1') })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('egress_refused')
    expect(source.requests).toHaveLength(1)
  })

  test('to another port of an allowed host is refused when only one port is allowed', async () => {
    await using inner = await startSource((_request, response) => response.end('secret'))
    await using source = await startSource((_request, response) => response.writeHead(302, { location: inner.url() }).end())
    await using way = open({ allow: parseEgressAllow(`127.0.0.1:${source.port}`) })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('egress_refused')
    expect(inner.sockets).toHaveLength(0)
  })
})

describe('a URL', () => {
  test.each([
    'ftp://source.example/',
    'file:///etc/passwd',
    'ws://source.example/',
    'javascript:1',
    'http://user:word@source.example/',
    'http://user@source.example/',
  ])('%s is refused without its credentials being shown', async (url) => {
    await using way = open()
    const error = await failure(way.http.request({ url }))
    expect(error.code).toBe('egress_refused')
    expect(error.message).not.toContain('word@')
  })

  test.each(['', 'source.example', '/path', 'http://', 'http://a b/', 'http://[::1/'])('%j is not one', async (url) => {
    await using way = open()
    expect((await failure(way.http.request({ url }))).code).toBe('invalid_config')
  })
})

test('a connection that passed the checks is used again, and each origin has its own', async () => {
  await using source = await startSource((_request, response) => response.end('x'))
  await using way = open({ allow: parseEgressAllow('a.example'), lookup: answerTo('127.0.0.1') })
  await way.http.request({ url: source.url('/', 'a.example') })
  await way.http.request({ url: source.url('/', 'a.example') })
  expect(source.sockets).toHaveLength(1)
  // The same address and port by a name that is not allowed must not ride on that connection.
  expect((await failure(way.http.request({ url: source.url('/', 'b.example') }))).code).toBe('egress_refused')
  expect((await failure(way.http.request({ url: source.url('/', '127.0.0.1') }))).code).toBe('egress_refused')
  expect(source.requests).toHaveLength(2)
})
