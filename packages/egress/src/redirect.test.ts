import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../test/certificate.ts'
import { failure, open, startSecureSource, startSource, textOf } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'

const secret = 'hunter2-is-long'
const scope = { secrets: [secret] }
const identity = makeCertificate('source', { hosts: ['127.0.0.1'] })
const to =
  (location: string | (() => string), status = 302): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { location: typeof location === 'string' ? location : location() }).end('moved')

const echo: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () =>
    response.end(
      JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() }),
    ),
  )
}
interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
const echoed = ({ body }: { readonly body: Uint8Array }) => JSON.parse(textOf(body)) as Echo

describe('a redirect is followed', () => {
  test('relative, absolute, without a path, with letters outside ASCII', async () => {
    await using source = await startSource((request, response) => {
      const next = { '/a': 'b?x=1', '/b?x=1': '/c', '/c': source.url('/d'), '/d': '?q=2', '/d?q=2': Buffer.from('/é').toString('latin1') }[
        request.url ?? ''
      ]
      if (next === undefined) echo(request, response)
      else to(next)(request, response)
    })
    await using way = open()
    const answer = await way.http.request({ url: source.url('/a#part') })
    expect(echoed(answer).url).toBe('/%C3%A9')
    expect(answer.url).toBe(source.url('/%C3%A9'))
    expect(answer.facts.request.url).toBe(source.url('/a'))
    expect(source.sockets).toHaveLength(1)
  })

  test.each([
    [301, 'GET', 'GET'],
    [301, 'POST', 'GET'],
    [301, 'PUT', 'PUT'],
    [302, 'POST', 'GET'],
    [302, 'DELETE', 'DELETE'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'GET', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ] as const)('%i after %s asks with %s', async (status, method, then) => {
    await using source = await startSource((request, response) => (request.url === '/' ? to('/next', status) : echo)(request, response))
    await using way = open()
    const body = method === 'GET' ? {} : { body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }
    const seen = echoed(await way.http.request({ method, url: source.url(), ...body }))
    expect(seen.method).toBe(then)
    const kept = then === method && method !== 'GET'
    expect([seen.body, seen.headers['content-type']]).toEqual(kept ? ['{"a":1}', 'application/json'] : ['', undefined])
  })

  test('HEAD stays HEAD', async () => {
    await using source = await startSource((request, response) => (request.url === '/' ? to('/next', 303) : echo)(request, response))
    await using way = open()
    await way.http.request({ method: 'HEAD', url: source.url() })
    expect(source.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD'])
  })

  test('not when it says no place, and not for other statuses', async () => {
    await using source = await startSource((request, response) => {
      if (request.url === '/none') response.writeHead(302).end('here')
      else response.writeHead(300, { location: '/x' }).end('choose')
    })
    await using way = open()
    expect((await way.http.request({ url: source.url('/none') })).status).toBe(302)
    expect((await way.http.request({ url: source.url('/choose') })).status).toBe(300)
  })

  test('and an endless body of the redirect itself is not read', async () => {
    await using source = await startSource((request, response) => {
      if (request.url !== '/') return echo(request, response)
      response.writeHead(302, { location: '/next' })
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await using way = open()
    expect(echoed(await way.http.request({ url: source.url() })).url).toBe('/next')
    await source.closed(0)
  })
})

test('a redirect whose announced body does not come is followed', async () => {
  await using source = await startSource((request, response) => {
    if (request.url === '/next') echo(request, response)
    else response.writeHead(302, { location: '/next', 'content-length': 1_000_000 }).flushHeaders()
  })
  await using way = open()
  expect(echoed(await way.http.request({ url: source.url() })).url).toBe('/next')
})

describe('a circle', () => {
  test('ends at the limit', async () => {
    await using source = await startSource(to('/'))
    await using way = open({ maxRedirects: 3 })
    const error = await failure(way.http.request({ url: source.url() }))
    expect([error.code, error.retryable]).toEqual(['source_loop', false])
    expect(error.message).toContain('more than 3 times')
    expect(source.requests).toHaveLength(4)
  })

  test('exactly at the limit is followed', async () => {
    await using source = await startSource((request, response) =>
      (request.url === '/aaa' ? echo : to(`${request.url}a`))(request, response),
    )
    await using way = open({ maxRedirects: 3 })
    expect(echoed(await way.http.request({ url: source.url('/') })).url).toBe('/aaa')
  })

  test('counts against one timeout', async () => {
    await using source = await startSource(
      (_request, response) => void setTimeout(() => response.writeHead(302, { location: '/' }).end(), 40),
    )
    await using way = open({ maxRedirects: 1000 })
    expect((await failure(way.http.request({ url: source.url(), timeoutMs: 200 }))).code).toBe('source_timeout')
  })
})

test('a place that is no URL is malformed', async () => {
  await using source = await startSource(to('http://[::1/'))
  await using way = open()
  expect((await failure(way.http.request({ url: source.url() }))).code).toBe('source_malformed')
})

describe('what is secret', () => {
  const headers = {
    Authorization: `Bearer ${secret}`,
    Cookie: 'session=1',
    'X-API-Key': 'not-in-the-list',
    'x-odd': `a ${secret} b`,
    'x-basic': Buffer.from(`user:${secret}`).toString('base64'),
    'x-harmless': 'stays',
    accept: 'application/json',
  }
  const secretNames = ['authorization', 'cookie', 'x-api-key', 'x-odd', 'x-basic']

  test('goes along within the origin', async () => {
    await using source = await startSource((request, response) => (request.url === '/' ? to('/next') : echo)(request, response))
    await using way = open({}, scope)
    const seen = echoed(await way.http.request({ url: source.url(), headers }))
    for (const name of secretNames) expect(seen.headers[name]).toBeDefined()
  })

  test('stays behind when the origin changes, also when a later redirect leads back', async () => {
    await using source = await startSource((request, response) =>
      (request.url === '/' ? to(() => other.url('/back')) : echo)(request, response),
    )
    await using other = await startSource((request, response) => to(() => source.url('/end'))(request, response))
    await using way = open({}, scope)
    const seen = echoed(await way.http.request({ url: source.url(), headers }))
    expect([other.requests[0]?.headers, seen.headers].flatMap((sent) => secretNames.filter((name) => sent?.[name] !== undefined))).toEqual(
      [],
    )
    expect(seen.headers).toMatchObject({ 'x-harmless': 'stays', accept: 'application/json' })
  })

  test('in a body is not sent to another origin', async () => {
    await using other = await startSource(echo)
    await using source = await startSource((request, response) => to(() => other.url(), 307)(request, response))
    await using way = open({}, scope)
    for (const body of [`{"key":"${secret}"}`, Buffer.from(`{"key":"${secret}"}`)]) {
      expect((await failure(way.http.request({ method: 'POST', url: source.url(), body }))).code).toBe('egress_refused')
    }
    expect(other.requests).toHaveLength(0)
    expect(echoed(await way.http.request({ method: 'POST', url: source.url(), body: '{"a":1}' })).body).toBe('{"a":1}')
  })

  test.each([
    ['a header of the list', { headers: { Authorization: 'Basic abc' }, path: '/' }, ''],
    ['a header that holds it', { headers: { 'x-odd': secret }, path: '/' }, ''],
    ['the query', { headers: {}, path: `/?key=${secret}` }, ''],
    ['the new place', { headers: {}, path: '/' }, `?key=${secret}`],
  ])('is not carried from https to http: %s', async (_where, { headers: sent, path }, query) => {
    await using plain = await startSource(echo)
    await using source = await startSecureSource((request, response) => to(() => plain.url(`/${query}`))(request, response), identity)
    await using way = open({ caCertificates: identity.cert }, scope)
    const error = await failure(way.http.request({ url: source.url(path), headers: sent }))
    expect(error.code).toBe('egress_refused')
    expect(error.message).not.toContain(secret)
    expect(plain.requests).toHaveLength(0)
  })

  test('when there is nothing, https may lead to http, and http to https with a key', async () => {
    await using plain = await startSource((request, response) =>
      (request.url === '/' ? echo : to(() => secure.url(`/?key=${secret}`)))(request, response),
    )
    await using secure = await startSecureSource(
      (request, response) => (request.url === '/down' ? to(() => plain.url('/')) : echo)(request, response),
      identity,
    )
    await using way = open({ caCertificates: identity.cert, allow: parseEgressAllow('127.0.0.1') }, scope)
    expect(echoed(await way.http.request({ url: secure.url('/down') })).url).toBe('/')
    expect(echoed(await way.http.request({ url: plain.url(`/up?key=${secret}`) })).url).toBe(`/?key=${secret}`)
  })
})
