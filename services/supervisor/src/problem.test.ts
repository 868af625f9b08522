import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { openLedger } from '@data-weaver/ledger'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
/** What the ledger does when it is asked for the streams. */
let listing: (() => Promise<never>) | undefined

beforeAll(async () => {
  api = await startApi((parts) => ({
    ...parts,
    documents: {
      ...parts.documents,
      search: async (query) => (listing === undefined ? await parts.documents.search(query) : await listing()),
    },
  }))
})
afterAll(async () => await api[Symbol.asyncDispose]())

const bearer = { authorization: `Bearer ${adminToken}` }
const post = async (payload: string | Buffer, type = 'application/json') =>
  await api.app.inject({ method: 'POST', url: '/v1/streams', headers: { ...bearer, 'content-type': type }, payload })

describe('a request that cannot be understood', () => {
  it.each([
    ['broken JSON', '{"name": "a", "secrets": {"key": "half-a-secret', 400, 'invalid_request'],
    ['no JSON at all', 'name=a', 400, 'invalid_request'],
    ['an array', '[]', 400, 'invalid_request'],
    ['nothing', '', 400, 'invalid_request'],
    ['a prototype', '{"__proto__": {"x": 1}}', 400, 'invalid_request'],
    ['more than 1 MiB', JSON.stringify({ name: 'x'.repeat(2 ** 20) }), 413, 'payload_too_large'],
    [
      'a thousand levels',
      `{"name":"deep","adapter":"http","schedule":{"manual":true},"config":${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}}`,
      400,
      'invalid_request',
    ],
  ])('with %s is refused without a quote from it', async (_what, payload, status, code) => {
    const answer = await post(payload)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.body).not.toContain('half-a-secret')
    expect(answer.body.length).toBeLessThan(1000)
  })

  it('of another media type is refused', async () => {
    const answer = await post('<stream/>', 'application/xml')
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'unsupported_media_type'])
  })

  it('with text that no database takes is refused, with the field', async () => {
    for (const [text, field] of [
      [String.raw`{"config":{"a":["x",{"b":"\u0000"}]}}`, 'config.a.1.b'],
      [String.raw`{"config":{"half \ud83d":1}}`, 'config'],
      [String.raw`{"name":"\uDC00"}`, 'name'],
    ] as const) {
      const answer = await post(text)
      expect([answer.statusCode, answer.json().errors[0]?.field]).toEqual([400, field])
    }
    const fine = await api.call(
      'POST',
      '/v1/streams',
      httpStream(api.name('fine'), { transform: { fields: { a: { constant: 'a \\u0000 text and a 🌍' } } } }),
    )
    expect(fine.status).toBe(201)
    expect(fine.json.transform.fields['a']?.constant).toBe('a \\u0000 text and a 🌍')
    expect((await api.call('GET', '/v1/documents?q=%00')).json.code).toBe('invalid_request')
  })

  it('with a broken address is refused', async () => {
    for (const url of ['/v1/streams/%', '/v1/streams/%ff']) {
      const answer = await api.app.inject({ method: 'GET', url, headers: bearer })
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, 400, 'invalid_request'])
    }
    const long = await api.app.inject({ method: 'GET', url: `/v1/documents/${'x'.repeat(5000)}`, headers: bearer })
    expect(long.json().code).toBe('not_found')
  })

  it('that is no HTTP is answered all the same', async () => {
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () => socket.write('HELLO\r\n\r\n'))
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'invalid_request', status: 400 })
  })
})

describe('a path', () => {
  it('that there is not is not found; a wrong method is told the right ones', async () => {
    expect((await api.call('GET', '/v2/streams')).json.code).toBe('not_found')
    const wrong = await api.call('PUT', '/v1/streams/x')
    expect([wrong.status, wrong.json.code, wrong.headers['allow']]).toEqual([405, 'method_not_allowed', 'DELETE, GET, HEAD, PATCH'])
    expect((await api.call('DELETE', '/v1/runs/x')).headers['allow']).toBe('GET, HEAD')
  })
})

describe('an error inside', () => {
  const failing = async (thrown: unknown) => {
    listing = async () => await Promise.reject(thrown)
    try {
      return await api.call('GET', '/v1/documents')
    } finally {
      listing = undefined
    }
  }

  it.each([
    ['a plain error', new TypeError('secret details of the inside')],
    ['an error of ours that was not foreseen', new WeaverError('internal', 'secret details of the inside')],
    ['something that is no error', 'secret details of the inside'],
  ])('that is %s gives nothing away, and is found in the log by its number', async (_what, thrown) => {
    const { status, json, text, headers } = await failing(thrown)
    expect([status, json.code]).toEqual([500, 'internal'])
    expect(text).not.toMatch(/secret details|\.ts\b|\\n +at /)
    const id = json.instance.replace('urn:uuid:', '')
    expect(headers['x-request-id']).toBe(id)
    const line = api
      .transcript()
      .split('\n')
      .find((candidate) => candidate.includes(id) && candidate.includes('request failed unexpectedly'))
    expect(line).toContain('secret details of the inside')
  })

  it('with a code of ours is answered with its status and text', async () => {
    const { status, json, headers } = await failing(
      new WeaverError('sink_unavailable', 'the sink cannot be reached', { retryAfterMs: 1500 }),
    )
    expect([status, json.code, json.detail, headers['retry-after']]).toEqual([503, 'sink_unavailable', 'the sink cannot be reached', '2'])
  })
})

describe('a ledger that cannot be reached', () => {
  it('is said to be so, whatever was asked for', async () => {
    const lost = openLedger('postgres://nobody@127.0.0.1:1/none', { clock: systemClock, log: silentLog, name: 'weaver-test' })
    await using broken = await startApi((parts) => ({ ...parts, ledger: lost }))
    try {
      for (const [method, url, body] of [
        ['GET', '/v1/streams', undefined],
        ['POST', '/v1/streams', httpStream('a')],
        ['POST', '/v1/workers/stop', { adapter: 'a' }],
        ['GET', '/v1/workers', undefined],
        ['GET', '/v1/events', undefined],
      ] as const) {
        const answer = await broken.call(method, url, body, { 'idempotency-key': 'a-key' })
        expect([url, answer.status, answer.json.code]).toEqual([url, 503, 'ledger_unavailable'])
      }
      expect((await broken.call('GET', '/health/ready')).json).toMatchObject({
        parts: { ledger: { status: 'down', code: 'ledger_unavailable' } },
      })
      expect((await broken.call('GET', '/queues')).status).toBe(200)
    } finally {
      await lost.close()
    }
  })
})

describe('every answer', () => {
  it('tells browsers to be careful', async () => {
    for (const url of ['/v1/streams', '/nothing', '/health/live', '/docs', '/queues']) {
      const { headers } = await api.call('GET', url)
      expect([url, headers]).toMatchObject([
        url,
        { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' },
      ])
      expect(headers['content-security-policy']).toContain("default-src 'none'")
    }
  })
})
