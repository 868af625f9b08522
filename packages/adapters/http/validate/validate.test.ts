import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { http } from '../index.ts'

const good = { request: { url: 'https://api.example.com/items' }, primaryKey: ['id'] }

function problems(changes: object): string[] {
  try {
    parseConfig(http, { ...good, ...changes }, ['key'])
  } catch (error) {
    if (error instanceof WeaverError && error.code === 'invalid_config')
      return error.errors.map(({ field, problem }) => `${field} ${problem}`)
    throw error
  }
  return []
}
const request = (changes: object) => problems({ request: { ...good.request, ...changes } })
const pagination = (changes: object) => problems({ pagination: changes })

describe('the configuration of http', () => {
  it('accepts the least there can be', () => {
    expect(problems({})).toEqual([])
  })

  it('knows its fields', () => {
    expect(problems({ primarykey: ['id'] })).toEqual(['config.primarykey is not a known field'])
    expect(problems({ primaryKey: [] })).toEqual(['config.primaryKey must NOT have fewer than 1 items'])
    expect(problems({ primaryKey: ['a..b'] })[0]).toMatch(/^config\.primaryKey\.0 must match pattern/)
    expect(problems({ primaryKey: 'id' })).toEqual(['config.primaryKey must be array, not string'])
    expect(request({ method: 'get' })).toEqual(['config.request.method must be one of "GET", "POST", "PUT", "PATCH"'])
    expect(request({ query: { a: [1] } })).toEqual(['config.request.query.a matches none of the allowed forms'])
  })

  it('says of auth and pagination what is wrong with the kind that was chosen', () => {
    expect(problems({ auth: { type: 'magic' } })).toEqual([
      'config.auth.type must be one of "bearer", "header", "query", "basic", "oauth2", "session", "hmac"',
    ])
    expect(problems({ auth: { type: 'header', secret: 'key' } })).toEqual(['config.auth.name is missing'])
    expect(problems({ auth: { type: 'bearer', secret: 'key', name: 'x' } })).toEqual(['config.auth.name is not a known field'])
    expect(pagination({ type: 'next', in: 'header' })).toEqual(['config.pagination.in must be one of "body", "link"'])
    expect(pagination({ type: 'next', in: 'body' })).toEqual(['config.pagination.path is missing'])
    expect(pagination({ type: 'page', parameter: 'p', stop: { on: 'never' } })).toEqual([
      'config.pagination.stop.on must be one of "emptyPage", "shortPage", "total", "value"',
    ])
  })

  it('takes http and https addresses without credentials', () => {
    for (const url of ['api.example.com', 'ftp://api.example.com/', '/items', 'http://']) {
      expect(request({ url })).toEqual(['config.request.url is not an http or https URL'])
    }
    expect(request({ url: 'https://me:pw@api.example.com/' })).toEqual(['config.request.url has credentials in it'])
  })

  it('sends a body with POST only', () => {
    expect(request({ body: {} })).toEqual(['config.request.body cannot be sent with GET'])
    expect(request({ method: 'POST', body: null })).toEqual([])
  })

  it('refuses headers that cannot be sent, and credentials among them', () => {
    expect(request({ headers: { 'x y': 'a' } })).toEqual(['config.request.headers.x y is not a header name'])
    expect(request({ headers: { 'X-A': '1', 'x-a': '2' } })).toEqual(['config.request.headers.x-a is there twice'])
    expect(request({ headers: { Authorization: 'Bearer x' } })).toEqual([
      'config.request.headers.Authorization would keep a credential in plain text',
    ])
    expect(request({ headers: { Host: 'x' } })).toEqual(['config.request.headers.Host cannot be set'])
    expect(request({ headers: { 'x-a': 'a\r\nb: c' } })).toEqual(['config.request.headers.x-a has characters that a header cannot carry'])
    const auth = { type: 'header', name: 'X-Key', secret: 'key' }
    expect(problems({ auth, request: { ...good.request, headers: { 'x-key': 'a' } } })).toEqual([
      'config.request.headers.x-key is the header of `auth`',
    ])
    expect(problems({ auth: { ...auth, name: 'a:b' } })).toEqual(['config.auth.name is not a header name'])
    expect(problems({ auth: { ...auth, prefix: 'Token\n' } })).toEqual(['config.auth.prefix has characters that a header cannot carry'])
  })

  it('gives a query parameter one meaning', () => {
    expect(
      problems({
        request: { ...good.request, query: { page: 1, key: 'x' } },
        pagination: { type: 'page', parameter: 'page', size: { parameter: 'since', value: 10 } },
        incremental: { path: 'u', parameter: 'since', order: 'text' },
        auth: { type: 'query', name: 'key', secret: 'key' },
      }),
    ).toEqual([
      'config.pagination.parameter uses the query parameter "page", which `config.request.query.page` sets',
      'config.incremental.parameter uses the query parameter "since", which `config.pagination.size.parameter` sets',
      'config.auth.name uses the query parameter "key", which `config.request.query.key` sets',
    ])
  })

  it('needs the size of a page where the end depends on it', () => {
    const page = { type: 'page', parameter: 'page' }
    expect(pagination({ ...page, stop: { on: 'shortPage' } })).toEqual(['config.pagination.size is missing'])
    expect(pagination({ ...page, stop: { on: 'total', path: 'n', counts: 'records' } })).toEqual(['config.pagination.size is missing'])
    expect(pagination({ ...page, stop: { on: 'total', path: 'n', counts: 'pages' } })).toEqual([])
    expect(pagination({ ...page, size: { value: 5 }, stop: { on: 'shortPage' } })).toEqual([])
  })

  it('needs a first cursor value that can be compared', () => {
    const incremental = { path: 'u', parameter: 'since', order: 'time' }
    expect(problems({ incremental: { ...incremental, start: 5 } })).toEqual([
      'config.incremental.start cannot be compared in the order `time`',
    ])
    expect(problems({ incremental: { ...incremental, start: '2026-01-01' } })).toEqual([])
  })
})

describe('placeholders', () => {
  const values = { project: 'weaver' }
  const unknown = (name: string) => `has the placeholder {{${name}}}, which is not known here`

  it('that are known may be in all parts of a request', () => {
    expect(
      problems({
        values,
        request: {
          base: 'https://{{config.project}}.example.com/v1',
          path: '{{partition.city}}',
          method: 'POST',
          query: { since: '{{cursor}}' },
          headers: { 'x-project': '{{ config.project }}' },
          body: { deep: ['{{partition.city}} since {{cursor}}'] },
        },
        partitions: { type: 'list', values: [{ city: 'x' }] },
        incremental: { path: 'at', order: 'number', start: 0 },
      }),
    ).toEqual([])
  })

  it('that are not known are named, with their field', () => {
    expect(request({ url: 'https://api.example.com/{{config.project}}/{{cursor}}' })).toEqual([
      `config.request.url ${unknown('config.project')}`,
      `config.request.url ${unknown('cursor')}`,
    ])
    expect(request({ query: { a: '{{secret.key}}' } })).toEqual([`config.request.query.a ${unknown('secret.key')}`])
    expect(request({ method: 'POST', body: { a: [{ b: '{{partition.x}}' }] } })).toEqual([
      `config.request.body.a.0.b ${unknown('partition.x')}`,
    ])
    expect(request({ headers: { 'x-a': '{{__proto__}}' } })).toEqual([`config.request.headers.x-a ${unknown('__proto__')}`])
    expect(
      problems({
        values,
        auth: { type: 'session', login: { url: 'https://{{partition.x}}', secrets: { p: 'key' } }, token: { in: 'body', path: 't' } },
      }),
    ).toEqual([`config.auth.login.url ${unknown('partition.x')}`])
    expect(problems({ auth: { type: 'hmac', secret: 'key', template: '{{time}}', signature: { in: 'header', name: 'x' } } })).toEqual([
      `config.auth.template ${unknown('time')}`,
    ])
  })

  it('are nothing else that is in braces', () => {
    expect(request({ method: 'POST', body: { query: '{ a { b { c }}} {{ }} {{1}} {{a b}}' } })).toEqual([])
  })

  it('have no part in saying where credentials go', () => {
    const partitions = { type: 'list', values: [{ host: 'x' }] }
    expect(problems({ partitions, request: { url: 'https://{{partition.host}}/items' } })).toEqual([
      'config.request.url has a placeholder in its host',
    ])
  })

  it('that stand for nothing at first may be in the query only', () => {
    const incremental = { path: 'at', order: 'number' }
    expect(problems({ incremental, request: { url: 'https://api.example.com/', query: { a: '{{cursor}}' } } })).toEqual([])
    expect(problems({ incremental, request: { url: 'https://api.example.com/{{cursor}}' } })).toEqual([
      'config.incremental.start is missing',
    ])
  })
})

describe('rules between parts', () => {
  it('want one address and one body', () => {
    expect(problems({ request: {} })).toEqual(['config.request.url is missing'])
    expect(request({ base: 'https://api.example.com' })).toEqual(['config.request.base cannot be there beside `url`'])
    expect(request({ path: 'x' })).toEqual(['config.request.path is there without `base`'])
    expect(problems({ request: { base: 'https://api.example.com/?a=1' } })).toEqual(['config.request.base has a query in it'])
    expect(request({ method: 'POST', form: { a: 1 }, text: 'x' })).toEqual(['config.request.text cannot be there beside `form`'])
    expect(request({ text: 'x' })).toEqual(['config.request.text cannot be sent with GET'])
  })

  it('want something that asks for what is new', () => {
    expect(problems({ incremental: { path: 'at', order: 'text' } })).toEqual(['config.incremental.parameter is missing'])
    expect(problems({ incremental: { path: 'at', order: 'text', sorted: 'descending' } })).toEqual([])
    const text = { path: 'at', parameter: 'since', order: 'text' }
    expect(problems({ incremental: { ...text, lookback: 1 } })).toEqual(['config.incremental.lookback has no meaning in the order `text`'])
    expect(problems({ incremental: { ...text, until: 'until' } })).toEqual(['config.incremental.until needs times, not the order `text`'])
    expect(problems({ incremental: { ...text, scope: 'stream' } })[0]).toContain('config.incremental.scope')
    expect(problems({ incremental: { ...text, into: 'body' } })[0]).toContain('config.incremental.into cannot be "body"')
  })

  it('want partitions to make a difference', () => {
    const list = (...values: object[]) =>
      problems({ request: { url: 'https://a.example/{{partition.a}}' }, partitions: { type: 'list', values } })
    expect(list({ a: 1 }, { a: 2 })).toEqual([])
    expect(list({ a: 1 }, { b: 2 })).toEqual(['config.partitions.values.1 has other names than the first'])
    expect(problems({ partitions: { type: 'list', values: [{ a: 1 }] } })[0]).toContain('config.partitions make no difference')
    const window = (changes: object, incremental?: object) =>
      problems({
        request: { url: 'https://a.example/?a={{partition.from}}' },
        partitions: { type: 'window', start: '2026-01-01', step: 1000, ...changes },
        ...(incremental && { incremental }),
      })
    expect(window({})).toEqual([])
    expect(window({ start: 'soon' })).toEqual(['config.partitions.start is not an ISO 8601 time'])
    expect(window({ end: '2025-01-01' })).toEqual(['config.partitions.end is not after `start`'])
    expect(window({}, { path: 'at', order: 'number' })).toEqual([
      'config.incremental.order must be one of times where partitions are windows',
    ])
    expect(window({}, { path: 'at', order: 'time', parameter: 'x' })[0]).toContain(
      'config.incremental.parameter cannot be there beside windows',
    )
    const parents = { type: 'request', request: { url: 'ftp://x' }, values: { a: 'id' }, records: { path: 'x', decoder: { type: 'csv' } } }
    expect(problems({ request: { url: 'https://a.example/{{partition.a}}' }, partitions: parents })).toEqual([
      'config.partitions.request.url is not an http or https URL',
      'config.partitions.records.path has no meaning with the decoder `csv`',
    ])
  })

  it('know what cannot go together', () => {
    expect(problems({ request: { ...good.request, conditional: ['etag'] }, pagination: { type: 'next', in: 'link' } })).toEqual([
      'config.request.conditional cannot be there beside `pagination`',
    ])
    const cursor = { type: 'cursor', in: 'body', path: 'n', parameter: 'c' }
    expect(pagination({ ...cursor, into: 'body' })[0]).toContain('config.pagination.into cannot be "body"')
    expect(pagination({ ...cursor, stop: { on: 'total', path: 'n', counts: 'pages' } })).toEqual([
      'config.pagination.stop.on cannot be "total" with `cursor`',
    ])
    expect(problems({ records: { encoding: 'klingon' } })).toEqual(['config.records.encoding is not a character encoding'])
    expect(problems({ errorHandlers: [{ when: { status: [401] }, do: 'refresh' }] })[0]).toContain('config.errorHandlers.0.do is "refresh"')
    expect(problems({ errorHandlers: [{ when: { status: [401] }, do: 'fail', code: 'rate_limited' }] })).toEqual([
      'config.errorHandlers.0.code cannot be `rate_limited`, which is tried again',
    ])
    expect(problems({ errorHandlers: [{ when: { status: [401] }, do: 'ignore', code: 'rate_limited' }] })[0]).toContain(
      'no meaning with "ignore"',
    )
    const signature = { in: 'header', name: 'x-sign' }
    expect(
      problems({
        auth: { type: 'hmac', secret: 'key', template: 'x', signature },
        request: { ...good.request, headers: { 'X-Sign': 'a' } },
      }),
    ).toEqual(['config.request.headers.X-Sign is the header of `auth`'])
  })

  it('want all secrets that are mentioned', () => {
    const oauth2 = {
      type: 'oauth2',
      grant: 'refreshToken',
      tokenUrl: 'https://a.example/',
      clientId: 'x',
      secret: 'key',
      refreshSecret: 'refresh',
    }
    expect(() => parseConfig(http, { ...good, auth: oauth2 }, ['key'])).toThrow(
      expect.objectContaining({
        code: 'missing_secret',
        errors: [{ field: 'secrets.refresh', problem: 'is missing', hint: 'Named by `config.auth.refreshSecret`.' }],
      }),
    )
  })
})

it('a start message becomes a configuration that is valid', () => {
  const mapping = http.startMessage
  expect(mapping?.config('https://api.example.com/items', false)).toEqual(good)
  const config = mapping?.config('https://api.example.com/items', true)
  expect(config).toEqual({ ...good, auth: { type: 'bearer', secret: 'key' } })
  expect(mapping?.secret).toBe('key')
  expect(() => parseConfig(http, config, ['key'])).not.toThrow()
})
