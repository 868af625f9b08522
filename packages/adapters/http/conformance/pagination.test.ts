import { describeAdapter, type Scenario } from '../../src/conformance.ts'
import { http } from '../index.ts'
import { irregular, irregularKeys, items, keys, odd, slice } from './items.ts'

const offset: Scenario = {
  name: 'offsets in a JSON body, with a total',
  config: (origin) => ({
    values: { kind: 'order' },
    request: { base: `${origin}/v1/`, path: '/search', method: 'POST', body: { filter: { kind: '{{config.kind}}' }, page: { at: 9 } } },
    records: { path: 'hits' },
    pagination: {
      type: 'offset',
      parameter: 'page.at',
      into: 'body',
      size: { parameter: 'page.size', value: 3 },
      stop: { on: 'total', path: 'total', counts: 'records' },
    },
    primaryKey: ['id'],
  }),
  answer({ url, body }) {
    const { filter, page } = JSON.parse(body) as { filter: { kind: string }; page: { at: number; size: number } }
    if (url.pathname !== '/v1/search' || filter.kind !== 'order' || page.size !== 3) return odd
    return { body: { hits: items.slice(page.at, page.at + 3), total: items.length } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1)],
  irregular: { body: { hits: irregular, total: 0 }, keys: irregularKeys },
}

const inBody: Scenario = {
  name: 'a token in the body, into a form, and a flag on the last page',
  config: (origin) => ({
    request: { url: `${origin}/list`, method: 'POST', form: { kind: 'all' } },
    records: { path: 'items' },
    pagination: {
      type: 'cursor',
      in: 'body',
      path: 'meta.cursor',
      parameter: 'cursor',
      into: 'body',
      stop: { on: 'value', path: 'meta.more', equals: false },
    },
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', into: 'body', order: 'number' },
  }),
  answer({ body }) {
    const form = new URLSearchParams(body)
    if (form.get('kind') !== 'all') return odd
    const at = Number(form.get('cursor')?.slice('page '.length) ?? 1)
    const list = items.filter(({ updated }) => updated >= Number(form.get('since') ?? 0))
    return { body: { items: slice(list, at), meta: { cursor: `page ${at + 1}`, more: at * 3 < list.length } } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1)],
}

const inHeader: Scenario = {
  name: 'a token in a header, and a size',
  config: (origin) => ({
    request: { url: `${origin}/list` },
    pagination: { type: 'cursor', in: 'header', header: 'X-Next', parameter: 'token', size: { parameter: 'limit', value: 3 } },
    primaryKey: ['id'],
  }),
  answer({ url }) {
    if (url.searchParams.get('limit') !== '3') return odd
    const at = Number(url.searchParams.get('token') ?? 1)
    return { body: slice(items, at), headers: { 'content-type': 'application/json', ...(at < 3 ? { 'x-next': String(at + 1) } : {}) } }
  },
  pages: [keys(7, 6, 5), keys(4, 3, 2), keys(1)],
}

const keyset: Scenario = {
  name: 'pages behind the last record, oldest first, with a lookback',
  config: (origin) => ({
    request: { url: `${origin}/list` },
    records: { filter: [{ path: 'name', is: 'notEquals', value: 'item 4' }] },
    pagination: { type: 'keyset', path: 'id', parameter: 'after' },
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number', sorted: 'ascending', lookback: 15 },
  }),
  answer({ url }) {
    const after = Number(url.searchParams.get('after') ?? 0)
    const since = Number(url.searchParams.get('since') ?? 0)
    return {
      body: items
        .toReversed()
        .filter(({ id, updated }) => id > after && updated >= since)
        .slice(0, 3),
    }
  },
  pages: [keys(1, 2, 3), keys(5, 6), keys(7), []],
}

describeAdapter({ adapter: http, scenarios: [offset, inBody, inHeader, keyset] })
