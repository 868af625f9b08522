import { describe, expect, test } from 'vitest'
import { failure, open, startScripted, startSource } from '../test/source.ts'
import { Redactor, isSensitiveHeader } from './redaction.ts'

const secret = 'p@ss/w+rd &é=1?'
const redactor = new Redactor([secret, ''])
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Everything by which a reader would find the secret, or a good part of it. */
const traces = [
  secret,
  'p@ss',
  'w+rd',
  encodeURIComponent(secret),
  encodeURIComponent('p@ss'),
  base64(secret).slice(0, 8),
  base64(`user:${secret}`).slice(8, 20),
]

describe('a secret is found', () => {
  test.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['percent-encoded in small letters', encodeURIComponent(secret).toLowerCase()],
    ['as a form', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['as the URL parser leaves it in a query', new URL(`http://h/?${secret}`).search.slice(1)],
    ['as the URL parser leaves it in a path', new URL(`http://h/`).pathname + encodeURI(secret)],
    ['encoded as a whole', [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['encoded in part', secret.replace('/', '%2F').replace(' ', '%20')],
    ['in base64', base64(secret)],
    ['in base64 without padding', base64(secret).replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in base64 that is percent-encoded', encodeURIComponent(base64(secret))],
    ['as a Basic credential', base64(`user:${secret}`)],
    ['as another Basic credential', base64(`u:${secret}`)],
    ['as a third Basic credential', base64(`us:${secret}:x`)],
    ['in JSON', JSON.stringify({ secret })],
    ['in UTF-8 read as Latin-1', Buffer.from(secret).toString('latin1')],
  ])('%s', (_form, form) => {
    for (const text of [form, `before ${form} after`, `http://h/p?x=1&y=${form}&z=2`]) {
      const shown = redactor.text(text)
      expect(shown).toContain('[redacted]')
      for (const trace of traces) expect(shown).not.toContain(trace)
      expect(redactor.holdsSecret(text)).toBe(true)
    }
    expect(redactor.text(`before ${form} after`)).toMatch(/^before \S.*after$/)
    expect(redactor.text(`before ${form} after ${form}`)).not.toBe(redactor.text(`before ${form} after`))
  })

  test('also when one is within another, or one character long', () => {
    expect(new Redactor(['abcd', 'abcdefgh']).text('1 abcdefgh 2 abcd 3')).toBe('1 [redacted] 2 [redacted] 3')
    expect(new Redactor(['7']).text('a7b')).toBe('a[redacted]b')
    expect(new Redactor(['$&', '.*', '[a-z]', '\\']).text('$& .* [a-z] x')).toBe('[redacted] [redacted] [redacted] x')
  })

  test('also as a form without a percent sign, and encoded many times', () => {
    expect(new Redactor(['pass word']).text('a=pass+word')).toBe('a=[redacted]')
    let encoded = 'pass word'
    for (let count = 0; count < 8; count += 1) {
      encoded = encodeURIComponent(encoded)
      expect(new Redactor(['pass word']).text(`a=${encoded}`)).toBe('a=[redacted]')
    }
  })

  test('also when it is very long', () => {
    const long = Array.from({ length: 600 }, (_, index) => `part-${index}`).join('/')
    const its = new Redactor([long])
    for (const form of [long, encodeURIComponent(long), base64(`user:${long}`)]) expect(its.text(`a ${form} b`)).toBe('a [redacted] b')
  })

  test('also when it holds percent signs', () => {
    for (const odd of ['100%', '%', 'a%20b', '%%']) {
      const its = new Redactor([odd])
      expect(its.text(`<${odd}>`)).toBe('<[redacted]>')
      expect(its.text(`<${encodeURIComponent(odd)}>`)).toBe('<[redacted]>')
      expect(its.text(`<${encodeURIComponent(encodeURIComponent(odd))}>`)).toBe('<[redacted]>')
    }
  })

  test('and nothing else is touched', () => {
    const text = 'GET /v1/cities?state=Madrid&country=Spain&page=2&q=50%25 "é" dXNlcjpub3RoaW5n'
    expect(redactor.text(text)).toBe(text)
    expect(redactor.holdsSecret(text)).toBe(false)
    expect(new Redactor([]).text('any')).toBe('any')
    expect(new Redactor(['ab']).text('dXNlcjp4')).toBe('dXNlcjp4')
  })

  test('in a long text quickly', () => {
    const began = process.cpuUsage()
    const hostile = [
      'A'.repeat(60_000),
      '%'.repeat(60_000),
      '%25'.repeat(20_000),
      `${base64(secret).slice(0, 12)}`.repeat(4000),
      '?a='.repeat(20_000),
      '&'.repeat(60_000),
    ]
    for (const text of hostile) redactor.text(text)
    const { user } = process.cpuUsage(began)
    expect(user).toBeLessThan(1_000_000)
  })
})

describe('by name', () => {
  test.each([
    ...[
      'authorization',
      'proxy-authorization',
      'cookie',
      'cookie2',
      'set-cookie',
      'set-cookie2',
      'x-api-key',
      'x-access-token',
      'x-rapidapi-key',
    ],
    ...[
      'x-cg-demo-api-key',
      'x-cg-pro-api-key',
      'api-key',
      'apikey',
      'x-goog-api-key',
      'ocp-apim-subscription-key',
      'x-auth-token',
      'x-amz-security-token',
    ],
    ...['x-secret', 'x-password', 'x-hub-signature', 'x-auth', 'private-token', 'x-functions-key', 'x-csrf-token', 'x-session'],
  ])('the header %s is never shown', (name) => {
    expect(isSensitiveHeader(name)).toBe(true)
    expect(new Redactor([]).headers({ [name]: 'anything' })).toEqual({ [name]: '[redacted]' })
  })

  test.each([
    'accept',
    'content-type',
    'etag',
    'date',
    'x-ratelimit-remaining',
    'x-request-id',
    'link',
    'x-rapidapi-host',
    'www-authenticate',
    'idempotency-key',
    'x-monkey',
  ])('the header %s is shown', (name) => {
    expect(new Redactor([]).headers({ [name]: 'anything' })).toEqual({ [name]: 'anything' })
  })

  test.each([
    'key',
    'api_key',
    'apikey',
    'api-key',
    'API_KEY',
    'apiKey',
    'token',
    'access_token',
    'accessToken',
    'auth',
    'client_secret',
    'password',
    'sig',
    'signature',
    'appid',
    'api%5Fkey',
  ])('the query field %s is never shown', (name) => {
    const none = new Redactor([])
    expect(none.text(`https://h/p?${name}=value&page=2`)).toBe(`https://h/p?${name}=[redacted]&page=2`)
    expect(none.text(`https://h/p?page=2&${name}=value#x`)).toBe(`https://h/p?page=2&${name}=[redacted]#x`)
    expect(none.text(`<https://h/p?${name}=value>; rel="next", <https://h/q?a=1>`)).toBe(
      `<https://h/p?${name}=[redacted]>; rel="next", <https://h/q?a=1>`,
    )
  })

  test.each(['page_token', 'next_token', 'cursor', 'keyword', 'monkey', 'q', 'sort', 'since_id', 'author', 'tokens'])(
    'the query field %s is shown',
    (name) => {
      const url = `https://h/p?${name}=value`
      expect(new Redactor([]).text(url)).toBe(url)
    },
  )
})

describe('facts', () => {
  test('hold no secret, while the answer itself does', async () => {
    const token = 'hunter2-0123456789'
    await using source = await startSource((request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('x-echo', `you said ${token}`)
      response.setHeader('x-basic', base64(`me:${token}`))
      response.setHeader('link', `<${source.url('/next')}?token=${token}>; rel="next"`)
      response.setHeader('x-plain', 'stays')
      response.end(request.url)
    })
    await using way = open({}, { secrets: [token] })
    const answer = await way.http.request({
      url: `${source.url(`/${token}/list`)}?key=other&x=${token}&page=2`,
      headers: { Authorization: `Bearer ${token}`, 'X-Custom': `k=${token}`, Accept: 'application/json' },
    })
    expect(JSON.stringify(answer.facts)).not.toContain(token)
    expect(JSON.stringify(answer.facts)).not.toContain(base64(token).slice(0, 10))
    expect(answer.facts.request).toEqual({
      method: 'GET',
      url: `${source.url('/[redacted]/list')}?key=[redacted]&x=[redacted]&page=2`,
      headers: {
        authorization: '[redacted]',
        'x-custom': 'k=[redacted]',
        accept: 'application/json',
        'accept-encoding': 'gzip, br, zstd, deflate',
        'user-agent': 'data-weaver/0.1',
      },
    })
    expect(answer.facts.response.headers).toMatchObject({
      'set-cookie': '[redacted]',
      'x-echo': 'you said [redacted]',
      'x-basic': '[redacted]',
      link: `<${source.url('/next')}?token=[redacted]>; rel="next"`,
      'x-plain': 'stays',
    })
    expect(answer.headers).toMatchObject({ 'set-cookie': 'a=1, b=2', 'x-echo': `you said ${token}` })
    expect(answer.url).toContain(token)
  })

  test('say when the answer came, by the clock, and how long it took', async () => {
    await using source = await startSource((_request, response) => response.end('x'))
    let ticks = 0
    const clock = {
      now: () => Date.parse('2026-11-21T10:00:00.123Z'),
      monotonic: () => (ticks += 12.34),
      sleep: () => new Promise<void>(() => {}),
    }
    await using way = open({
      clock: {
        ...clock,
        sleep: (_ms, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      },
    })
    const { facts } = await way.http.request({ url: source.url() })
    expect(facts.response.receivedAt).toBe('2026-11-21T10:00:00.123Z')
    expect(facts.response.durationMs).toBeGreaterThan(12)
    expect(facts.response.status).toBe(200)
  })
})

test('no error says a secret', async () => {
  const token = 'hunter2-0123456789'
  await using silent = await startSource(() => {})
  await using loop = await startSource((_request, response) => response.writeHead(302, { location: `/?x=${token}` }).end())
  await using away = await startSource((_request, response) => response.writeHead(302, { location: `ftp://${token}.example/` }).end())
  await using noHttp = await startScripted(`hello ${token}\r\n\r\n`)
  const lookup = async (host: string) => {
    throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', hostname: host })
  }
  await using way = open({ lookup, headersTimeoutMs: 50 }, { secrets: [token] })
  const requests = [
    { url: `http://${token}.example/` },
    { url: `http://10.0.0.1/${token}` },
    { url: `not a url ${token}` },
    { url: `gopher://${token}/` },
    { url: `http://user:${token}@h.example/` },
    { url: `http://${token}:${token}@h.example/` },
    { url: silent.url(`/?x=${token}`) },
    { url: loop.url(`/?x=${token}`) },
    { url: away.url() },
    { url: noHttp.url(`/${token}`) },
    { url: silent.url(), headers: { 'x-bad': `${token}\r\nx: y` } },
    { url: silent.url(), headers: { [`${token} bad`]: 'x' } },
    { url: silent.url(`/${token}${'x'.repeat(20_000)}`) },
  ]
  for (const request of requests) {
    const error = await failure(way.http.request(request))
    const cause = error.cause as Error | undefined
    const said = [
      error.message,
      error.stack,
      JSON.stringify(error.errors),
      cause?.message,
      cause?.stack,
      JSON.stringify(Object.entries(cause ?? {})),
    ].join('\n')
    expect(said).not.toContain(token)
    expect(error.code).toMatch(/^(?:egress_refused|invalid_config|source_)/)
  }
})
