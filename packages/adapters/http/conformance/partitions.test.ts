import { describeAdapter, type Scenario } from '../../src/conformance.ts'
import { http } from '../index.ts'
import { items, keys, odd, slice, unauthorized } from './items.ts'

const pagination = { type: 'page', parameter: 'page', size: { value: 3 }, stop: { on: 'shortPage' } }

const list: Scenario = {
  name: 'a list of partitions with pages, each with a cursor of its own',
  config: (origin) => ({
    request: { url: `${origin}/cities/{{partition.city}}/items`, query: { unit: '{{partition.unit}}' } },
    pagination,
    partitions: {
      type: 'list',
      values: [
        { city: 'a/b', unit: 1 },
        { city: 'ç', unit: 2 },
      ],
      record: 'of',
    },
    primaryKey: ['of.city', 'id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number' },
  }),
  answer({ url }) {
    const [, , city = ''] = url.pathname.split('/')
    const odds = decodeURIComponent(city) === 'a/b'
    if (url.searchParams.get('unit') !== (odds ? '1' : '2')) return odd
    const own = items.filter(({ id, updated }) => (id % 2 === 1) === odds && updated >= Number(url.searchParams.get('since') ?? 0))
    return { body: slice(own, Number(url.searchParams.get('page'))) }
  },
  pages: [
    [
      ['a/b', 7],
      ['a/b', 5],
      ['a/b', 3],
    ],
    [['a/b', 1]],
    [
      ['ç', 6],
      ['ç', 4],
      ['ç', 2],
    ],
    [],
  ],
}

const requested: Scenario = {
  name: 'partitions from another request with pages, and pages in each',
  secretNames: ['key'],
  config: (origin) => ({
    request: { base: origin, path: 'groups/{{partition.id}}/items' },
    auth: { type: 'header', name: 'x-key', secret: 'key' },
    pagination: { ...pagination, size: { value: 2 } },
    partitions: {
      type: 'request',
      request: { url: `${origin}/groups` },
      records: { path: 'groups', filter: [{ path: 'open', is: 'equals', value: true }] },
      pagination: { type: 'cursor', in: 'body', path: 'next', parameter: 'at' },
      values: { id: 'id' },
    },
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number', scope: 'stream' },
  }),
  aside: ({ url }) => url.pathname === '/groups',
  answer({ url, headers }, { key }) {
    if (headers['x-key'] !== key) return unauthorized
    if (url.pathname === '/groups') {
      const at = Number(url.searchParams.get('at') ?? 0)
      const groups = [
        [
          { id: 0, open: true },
          { id: 9, open: false },
        ],
        [{ id: 9, open: false }],
        [{ id: 1, open: true }, { id: 2, open: true }, { id: 1, open: true }, { open: true }],
      ]
      return { body: { groups: groups[at], next: at < 2 ? at + 1 : null } }
    }
    const group = Number(url.pathname.split('/')[2])
    const own = items.filter(({ id, updated }) => id % 3 === group && updated >= Number(url.searchParams.get('since') ?? 0))
    const page = Number(url.searchParams.get('page'))
    return { body: own.slice((page - 1) * 2, page * 2) }
  },
  pages: [keys(6, 3), [], keys(7, 4), keys(1), keys(5, 2), []],
}

const windows: Scenario = {
  name: 'windows of time with a cursor',
  config: (origin) => ({
    request: { url: `${origin}/items`, query: { from: '{{partition.from}}', to: '{{partition.to}}' } },
    partitions: {
      type: 'window',
      start: '1970-01-01T00:16:50Z',
      end: '1970-01-01T00:18:00Z',
      step: 20_000,
      format: 'epochSeconds',
      inclusive: true,
    },
    primaryKey: ['id'],
    incremental: { path: 'updated', order: 'epochSeconds', lookback: 5000 },
  }),
  answer({ url }) {
    const [from, to] = ['from', 'to'].map((name) => Number(url.searchParams.get(name)))
    return { body: items.filter(({ updated }) => updated >= (from ?? 0) && updated <= (to ?? 0)).toReversed() }
  },
  pages: [keys(1, 2), keys(3, 4), keys(5, 6), keys(7)],
}

describeAdapter({ adapter: http, scenarios: [list, requested, windows] })
