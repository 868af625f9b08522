import { once } from 'node:events'
import { createServer } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../test/certificate.ts'
import { failure, listening, open, startRaw } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'

const reason = new Error('The stream was stopped.')
const authority = makeCertificate('Test Authority', { authority: true })
const good = makeCertificate('source', { hosts: ['127.0.0.1', 'source.example'], issuer: authority })
const echo = () => startRaw((socket) => void socket.pipe(socket))

test('a dialled socket reaches the source, and its end closes the connection', async () => {
  await using source = await echo()
  await using way = open()
  const socket = await way.http.dial(source.url('/any/path?and=query'))
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  socket.destroy()
  await source.closed()
})

test.each([
  [['h2', 'http/1.1'], 'h2'],
  [['http/1.1'], 'http/1.1'],
  [undefined, false],
] as const)('over TLS %j is offered, and %j is agreed on', async (alpn, agreed) => {
  const server = createServer({ cert: good.cert, key: good.keyPem, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
    socket.on('error', () => {}),
  )
  await using source = await listening(server, 'https')
  await using way = open({ caCertificates: authority.cert })
  const socket = (await way.http.dial(source.url(), alpn === undefined ? {} : { alpn })) as TLSSocket
  expect([socket.encrypted, socket.authorized, socket.alpnProtocol]).toEqual([true, true, agreed])
})

test('a source that asks for a certificate is shown the one of its run, and no other run has it', async () => {
  const { cert, keyPem } = makeCertificate('weaver', { issuer: authority })
  const seen: unknown[] = []
  const asking = { cert: good.cert, key: good.keyPem, ca: authority.cert, requestCert: true, rejectUnauthorized: false }
  const server = createServer(asking, (socket) => {
    seen.push(socket.getPeerCertificate().subject?.CN)
    socket.on('error', () => {}).end('x')
  })
  await using source = await listening(server, 'https')
  await using way = open({ caCertificates: authority.cert })
  for (const options of [{ identity: { certificate: cert, key: keyPem } }, {}]) {
    const socket = await way.http.dial(source.url(), options)
    await once(socket.resume(), 'close')
  }
  expect(seen).toEqual(['weaver', undefined])
  const wrong = await failure(way.http.dial(source.url(), { identity: { certificate: cert, key: 'no key at all' } }))
  expect([wrong.code, wrong.message.includes('no key at all')]).toEqual(['invalid_config', false])
})

test('a session of one protocol is not used for another', async () => {
  const server = createServer({ cert: good.cert, key: good.keyPem, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
    socket.on('error', () => {}).end('x'),
  )
  await using source = await listening(server, 'https')
  await using way = open({ caCertificates: authority.cert })
  for (const protocol of ['h2', 'http/1.1', 'h2']) {
    const socket = (await way.http.dial(source.url(), { alpn: [protocol] })) as TLSSocket
    await once(socket.resume(), 'close')
    expect(socket.alpnProtocol).toBe(protocol)
  }
})

describe('a socket is not dialled', () => {
  test.each([
    ['http://10.0.0.1/', 'egress_refused'],
    ['https://169.254.169.254/', 'egress_refused'],
    ['http://[::1]/', 'egress_refused'],
    ['http://[::ffff:10.0.0.1]/', 'egress_refused'],
    ['http://inside.example/', 'egress_refused'],
    ['http://user:word@127.0.0.1/', 'egress_refused'],
    ['ftp://127.0.0.1/', 'egress_refused'],
    ['no url', 'invalid_config'],
  ])('to %s (%s)', async (url, code) => {
    const warned: unknown[] = []
    const write = () => {}
    const log = { debug: write, info: write, error: write, warn: (fields: object) => void warned.push(fields) }
    await using way = open({ lookup: async () => [{ address: '10.1.2.3', family: 4 }] }, { log })
    expect((await failure(way.http.dial(url))).code).toBe(code)
    expect(warned).toHaveLength(/10\.|169|::|inside/.test(url) ? 1 : 0)
  })

  test('when its certificate is not trusted', async () => {
    const server = createServer({ cert: good.cert, key: good.keyPem }, (socket) => socket.on('error', () => {}))
    await using source = await listening(server, 'https')
    await using way = open()
    expect((await failure(way.http.dial(source.url()))).code).toBe('source_tls')
  })

  test('when nothing answers in time', async () => {
    await using source = await startRaw(() => {}, 'https')
    await using way = open({ connectTimeoutMs: 80 })
    expect((await failure(way.http.dial(source.url()))).code).toBe('source_timeout')
    await source.closed()
  })

  test('and says no secret', async () => {
    await using way = open({ lookup: async () => [] }, { secrets: ['s3cret'] })
    expect((await failure(way.http.dial('http://s3cret.example/'))).message).not.toContain('s3cret')
  })
})

test.each(['while it connects', 'when it is there'])('an abort ends it %s, with its reason', async (when) => {
  await using source = await startRaw(() => {}, when === 'while it connects' ? 'https' : 'http')
  await using way = open({ allow: parseEgressAllow('127.0.0.1') })
  const dialled = way.http.dial(source.url())
  if (when === 'while it connects') {
    const error = failure(dialled)
    await source.connection()
    way.abort.abort(reason)
    expect(await error).toBe(reason)
  } else {
    const socket = await dialled
    const error = new Promise((resolve) => socket.once('error', resolve))
    way.abort.abort(reason)
    expect(await error).toBe(reason)
    expect(socket.destroyed).toBe(true)
  }
  await source.closed()
})

test('closing the way out destroys dialled sockets as interrupted', async () => {
  await using source = await echo()
  await using way = open()
  const socket = await way.http.dial(source.url())
  const error = new Promise((resolve) => socket.once('error', resolve))
  await way.egress.close()
  expect(await error).toMatchObject({ code: 'interrupted' })
  await source.closed()
  expect((await failure(way.http.dial(source.url()))).code).toBe('interrupted')
})
