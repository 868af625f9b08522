import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../test/certificate.ts'
import type { CertificateRequest } from '../test/certificate.ts'
import { failure, open, startRaw, startScripted, startSecureSource, startSource, textOf } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'

const authority = makeCertificate('Test Authority', { authority: true })
const hosts = ['127.0.0.1', 'localhost', 'source.example']
const good = makeCertificate('source', { hosts, issuer: authority })
const allow = parseEgressAllow('127.0.0.1')
const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
const trusting = { allow, lookup, caCertificates: authority.cert }

describe('an authority of the firm', () => {
  test.each(['127.0.0.1', 'source.example', 'source.example.'])('makes its servers trusted (%s)', async (host) => {
    await using source = await startSecureSource((request, response) => response.end(request.headers.host), good)
    await using way = open(trusting)
    const answer = await way.http.request({ url: source.url('/', host) })
    expect(textOf(answer.body)).toBe(`${host}:${source.port}`)
  })

  test('may be one of several, with text around them', async () => {
    await using source = await startSecureSource((_request, response) => response.end('ok'), good)
    const other = makeCertificate('Other Authority', { authority: true })
    await using way = open({ ...trusting, caCertificates: `# other\n${other.cert}\n# ours\n${authority.cert}` })
    expect((await way.http.request({ url: source.url() })).status).toBe(200)
  })

  test.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'that cannot be read is refused at the start: %j',
    (caCertificates) => {
      expect(() => open({ caCertificates })).toThrow(expect.objectContaining({ code: 'invalid_settings' }))
    },
  )
})

describe('a certificate that is not trusted', () => {
  const year = 365 * 24 * 3_600_000
  const ago = new Date(Date.parse('2026-01-01') - 3 * year)
  const cases: readonly (readonly [string, CertificateRequest, string])[] = [
    ['self-signed', { hosts }, 'is self-signed'],
    ['expired', { hosts, issuer: authority, notBefore: new Date(ago.getTime() - year), notAfter: ago }, 'has expired'],
    ['not valid yet', { hosts, issuer: authority, notBefore: new Date('2110-01-01') }, 'is not valid yet'],
    ['for another host', { hosts: ['other.example'], issuer: authority }, 'is for another host name'],
    ['of an unknown authority', { hosts, issuer: makeCertificate('Nobody', { authority: true }) }, 'comes'],
    ['issued by one that is no authority', { hosts, issuer: good }, 'comes'],
  ]
  test.each(cases)('%s', async (_name, request, problem) => {
    await using source = await startSecureSource((_request, response) => response.end('x'), makeCertificate('bad', request))
    await using way = open(trusting)
    const error = await failure(way.http.request({ url: source.url() }))
    expect([error.code, error.retryable]).toEqual(['source_tls', false])
    expect(error.message).toContain(`"127.0.0.1:${source.port}"`)
    expect(error.message).toContain(problem)
    expect(JSON.stringify(Object.entries(error.cause as object))).not.toContain('BEGIN CERTIFICATE')
    expect(source.requests).toHaveLength(0)
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('stays refused at the second try: no session of it is used again (%s)', async (maxVersion) => {
    const other = makeCertificate('other', { hosts: ['other.example'], issuer: authority })
    await using source = await startSecureSource((_request, response) => response.end('x'), { ...other, maxVersion })
    await using way = open(trusting)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect((await failure(way.http.request({ url: source.url('/', 'source.example') }))).code).toBe('source_tls')
    }
    expect(source.requests).toHaveLength(0)
  })

  test('without the authority nothing of the firm is trusted', async () => {
    await using source = await startSecureSource((_request, response) => response.end('x'), good)
    await using way = open({ allow })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_tls')
  })
})

test('a session is used again for the next connection', async () => {
  const reused: boolean[] = []
  await using source = await startSecureSource((request, response) => {
    reused.push((request.socket as TLSSocket).isSessionReused())
    response.setHeader('connection', 'close').end('x')
  }, good)
  await using way = open(trusting)
  for (let count = 0; count < 3; count += 1) {
    await way.http.request({ url: source.url() })
    await source.closed(count)
  }
  expect(reused).toEqual([false, true, true])
})

describe('a server without TLS on https:', () => {
  test('that speaks HTTP', async () => {
    await using source = await startSource((_request, response) => response.end('x'))
    await using way = open(trusting)
    const error = await failure(way.http.request({ url: source.url().replace('http:', 'https:') }))
    expect(error.code).toBe('source_tls')
    expect(error.message).toContain('no TLS connection')
  })

  test('that closes the connection', async () => {
    await using source = await startRaw((socket) => socket.destroy(), 'https')
    await using way = open(trusting)
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_unreachable')
  })

  test('that says nothing', async () => {
    await using source = await startRaw(() => {}, 'https')
    await using way = open({ ...trusting, connectTimeoutMs: 100 })
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_timeout')
    await source.closed()
  })
})

test('a server with TLS on http: is no source', async () => {
  await using source = await startSecureSource((_request, response) => response.end('x'), good)
  await using way = open(trusting)
  const error = await failure(way.http.request({ url: source.url().replace('https:', 'http:') }))
  expect(['source_malformed', 'source_unreachable', 'source_rejected']).toContain(error.code)
})

describe('no connection', () => {
  test('when nobody listens', async () => {
    const source = await startRaw(() => {})
    const url = source.url()
    await source[Symbol.asyncDispose]()
    await using way = open()
    const error = await failure(way.http.request({ url }))
    expect([error.code, error.retryable]).toEqual(['source_unreachable', true])
    expect(error.message).toContain('refused')
  })

  test('when the server closes before it answers, and a POST is not sent twice', async () => {
    await using source = await startRaw((socket) => socket.once('data', () => socket.destroy()))
    await using way = open()
    expect((await failure(way.http.request({ method: 'POST', url: source.url(), body: 'x' }))).code).toBe('source_unreachable')
    expect(source.sockets).toHaveLength(1)
    expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_unreachable')
    expect(source.sockets).toHaveLength(2)
  })

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('when the name is not found (%s)', async (code) => {
    const fails = async () => {
      throw Object.assign(new Error('getaddrinfo'), { code })
    }
    await using way = open({ lookup: fails })
    const error = await failure(way.http.request({ url: 'http://nowhere.example/' }))
    expect([error.code, error.retryable]).toEqual(['source_unreachable', true])
    expect(error.message).toContain('"nowhere.example"')
  })

  test('when a name has no address', async () => {
    await using way = open({ lookup: async () => [] })
    expect((await failure(way.http.request({ url: 'http://nowhere.example/' }))).code).toBe('source_unreachable')
  })

  test('when the resolver does not answer in time', async () => {
    await using way = open({ connectTimeoutMs: 80, lookup: () => new Promise(() => {}) })
    expect((await failure(way.http.request({ url: 'http://slow.example/' }))).code).toBe('source_timeout')
  })

  test('the next address is tried when the first refuses', async () => {
    await using source = await startScripted('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const two = async () => ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }))
    await using way = open({ allow: parseEgressAllow('127.0.0.0/8'), lookup: two })
    expect(textOf((await way.http.request({ url: source.url('/', 'two.example') })).body)).toBe('ok')
  })
})
