import { describeAdapter, type Scenario, type SourceRequest } from '../src/conformance.ts'
import { http } from './index.ts'

interface Item {
  readonly id: number
  readonly updated: number
  readonly name: string
}

/** Newest first, as many sources list: the largest cursor value is on the first page. */
const items: readonly Item[] = Array.from({ length: 7 }, (_, index) => ({
  id: 7 - index,
  updated: 1000 + (7 - index) * 10,
  name: `item ${7 - index}`,
}))
const keys = (...ids: number[]) => ids.map((id) => [id])
const irregular = [
  { id: 1, updated: 1 },
  { updated: 2 },
  { id: 1, updated: 3 },
  'text',
  { id: null, updated: 4 },
  { id: '9007199254740993', updated: 5 },
]
const irregularKeys = [[1], null, [1], null, null, ['9007199254740993']]

const unauthorized = { status: 401, body: { error: 'no credentials' } }

const since = (request: SourceRequest) => {
  const from = request.url.searchParams.get('since')
  return items.filter((item) => from === null || item.updated >= Number(from))
}

/** The page of three with this number, from 1. */
const slice = (list: readonly Item[], page: number) => list.slice((page - 1) * 3, page * 3)

const numbered: Scenario = {
  name: 'numbered pages, a bearer token and a cursor field',
  secretNames: ['token'],
  config: (origin) => ({
    request: { url: `${origin}/items`, query: { status: 'open' }, headers: { 'X-Client': 'weaver' } },
    auth: { type: 'bearer', secret: 'token' },
    records: { path: 'items' },
    pagination: { type: 'page', parameter: 'page' },
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number' },
  }),
  answer(request, { token }) {
    if (request.headers.authorization !== `Bearer ${token}`) return unauthorized
    const { searchParams } = request.url
    if (searchParams.get('status') !== 'open' || request.headers['x-client'] !== 'weaver') return { status: 400, body: 'what?' }
    return { body: { items: slice(since(request), Number(searchParams.get('page'))) } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1), []],
  irregular: { body: { items: irregular }, keys: irregularKeys },
}

const counted: Scenario = {
  name: 'pages from 0 with a total, a key in the query',
  secretNames: ['key'],
  config: (origin) => ({
    request: { url: `${origin}/items?kind=a%20b` },
    auth: { type: 'query', name: 'api_key', secret: 'key' },
    records: { path: 'data.list' },
    pagination: {
      type: 'page',
      parameter: 'p',
      start: 0,
      size: { parameter: 'n', value: 3 },
      stop: { on: 'total', path: 'data.total', counts: 'records' },
    },
    primaryKey: ['id'],
  }),
  answer(request, { key }) {
    const { searchParams } = request.url
    if (searchParams.get('api_key') !== key || searchParams.getAll('api_key').length !== 1) return unauthorized
    if (searchParams.get('n') !== '3' || searchParams.get('kind') !== 'a b') return { status: 400, body: 'what?' }
    return { body: { data: { list: slice(items, Number(searchParams.get('p')) + 1), total: String(items.length) } } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1)],
  irregular: { body: { data: { list: irregular, total: 0 } }, keys: irregularKeys },
}

const linked: Scenario = {
  name: 'next links in the body that repeat the key, and a cursor field',
  secretNames: ['key'],
  config: (origin) => ({
    request: { url: `${origin}/v1/items` },
    auth: { type: 'query', name: 'key', secret: 'key' },
    records: { path: 'items' },
    pagination: { type: 'next', in: 'body', path: 'paging.next' },
    primaryKey: ['name', 'id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number', start: 0 },
  }),
  answer(request, { key = '' }) {
    if (request.url.searchParams.get('key') !== key || request.url.searchParams.getAll('key').length !== 1) return unauthorized
    const at = Number(request.url.searchParams.get('at') ?? 1)
    const list = since(request)
    const next = new URL(request.url)
    next.searchParams.set('at', String(at + 1))
    // Relative, with all that was asked, credentials included.
    return { body: { items: slice(list, at), paging: { next: at * 3 < list.length ? `items${next.search}` : null } } }
  },
  pages: [[7, 6, 5], [4, 3, 2], [1]].map((ids) => ids.map((id) => [`item ${id}`, id])),
}

const headed: Scenario = {
  name: 'Link headers, POST with a body, user name and password',
  secretNames: ['password'],
  config: (origin) => ({
    request: { url: `${origin}/search`, method: 'POST', body: { filter: 'all' } },
    auth: { type: 'basic', username: 'weaver', secret: 'password' },
    pagination: { type: 'next', in: 'link' },
    primaryKey: ['id'],
  }),
  answer(request, { password }) {
    const expected = `Basic ${Buffer.from(`weaver:${password}`).toString('base64')}`
    if (request.headers.authorization !== expected) return unauthorized
    if (request.method !== 'POST' || request.body !== '{"filter":"all"}') return { status: 400, body: 'what?' }
    const at = Number(request.url.searchParams.get('at') ?? 1)
    const link = `<${request.url.origin}/search?at=1>; rel="first", <${request.url.origin}/search?at=${at + 1}>; rel="next"`
    return { body: slice(items, at), headers: { 'content-type': 'application/json', ...(at < 3 ? { link } : {}) } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1)],
  irregular: { body: irregular, keys: irregularKeys },
}

const single: Scenario = {
  name: 'one page, a key in a header',
  secretNames: ['key'],
  config: (origin) => ({
    request: { url: `${origin}/item`, timeout: 30_000, maxBytes: 1_000_000 },
    auth: { type: 'header', name: 'X-Api-Key', prefix: 'Token ', secret: 'key' },
    primaryKey: ['id'],
  }),
  answer: (request, { key }) => (request.headers['x-api-key'] === `Token ${key}` ? { body: items[0] } : unauthorized),
  pages: [keys(7)],
}

describeAdapter({ adapter: http, scenarios: [numbered, counted, linked, headed, single] })
