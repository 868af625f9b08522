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

it('a start message becomes a configuration that is valid', () => {
  const mapping = http.startMessage
  expect(mapping?.config('https://api.example.com/items', false)).toEqual(good)
  const config = mapping?.config('https://api.example.com/items', true)
  expect(config).toEqual({ ...good, auth: { type: 'bearer', secret: 'key' } })
  expect(mapping?.secret).toBe('key')
  expect(() => parseConfig(http, config, ['key'])).not.toThrow()
})
