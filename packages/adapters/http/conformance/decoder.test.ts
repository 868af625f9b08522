import { gzipSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { describeAdapter, type Scenario, type SourceRequest } from '../../src/conformance.ts'
import { http } from '../index.ts'
import { items, keys, odd, slice } from './items.ts'

const pagination = { type: 'page', parameter: 'page', size: { value: 3 }, stop: { on: 'shortPage' } }
const pages = [keys(7, 6, 5), keys(4, 3, 2), keys(1)]
const pageOf = ({ url }: SourceRequest) => slice(items, Number(url.searchParams.get('page')))

const ndjson: Scenario = {
  name: 'NDJSON',
  config: (origin) => ({
    request: { url: `${origin}/items` },
    records: { decoder: { type: 'ndjson' }, path: 'item' },
    pagination,
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', order: 'epochSeconds' },
  }),
  answer: (request) => ({
    headers: { 'content-type': 'application/x-ndjson' },
    body: pageOf(request)
      .map((item) => `${JSON.stringify({ item })}\n`)
      .join(''),
  }),
  pages,
  irregular: {
    body: '{"item":{"id":1,"updated":5}}\n{"item":{}}\n{"item":\n\r\n{"item":{"id":1}}\n{"other":1}\n{"item":{"id":9007199254740993}}\n',
    keys: [[1], null, null, [1], null, ['9007199254740993']],
  },
  impossible: ['an empty body'],
}

const table = (list: readonly (readonly (string | number)[])[]) => list.map((line) => `${line.join(';')}\r\n`).join('')
const rowsOf = (request: SourceRequest) => pageOf(request).map(({ id, updated, name }) => [id, updated, `"${name}; ""x"""`])

const csv: Scenario = {
  name: 'CSV',
  config: (origin) => ({
    request: { url: `${origin}/items` },
    records: { decoder: { type: 'csv', delimiter: ';', skipLines: 1, comment: '#' } },
    pagination,
    primaryKey: ['id'],
    incremental: { path: 'updated', parameter: 'since', order: 'number' },
  }),
  answer: (request) => ({
    headers: { 'content-type': 'text/csv; charset=utf-8' },
    body: `made for you\r\n# all of it\r\n${table([['id', 'updated', 'name'], ...rowsOf(request)])}`,
  }),
  pages: pages.map((page) => page.map((key) => key.map(String))),
  irregular: {
    body: `x\n${table([
      ['id', 'updated', 'name'],
      [1, 1, 'a'],
      [2, 3],
      [1, 2, 'b'],
      ['', 4, 'c'],
      [3, 4, 'd', 'e'],
    ])}`,
    keys: [['1'], null, ['1'], null, null],
  },
  // A table may have no rows, and half a table may be a whole one.
  impossible: ['an empty body', 'half the JSON', 'no JSON'],
}

const xml: Scenario = {
  name: 'XML',
  config: (origin) => ({
    request: { url: `${origin}/items` },
    records: { decoder: { type: 'xml' }, path: 'list.items.item' },
    pagination: { type: 'next', in: 'body', path: 'list.@next' },
    primaryKey: ['@id'],
  }),
  answer({ url }) {
    const at = Number(url.searchParams.get('at') ?? 1)
    const list = slice(items, at).map(({ id, name }) => `<item id="${id}"><name>${name} &amp; &#x1F600;</name></item>`)
    return {
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><list${at < 4 ? ` next="?at=${at + 1}&amp;b=1"` : ''}><items>${list.join('\n')}</items></list>`,
    }
  },
  pages: [...pages.map((page) => page.map((key) => key.map(String))), []],
  irregular: {
    body: '<list><items><item id="1"/><item><x>1</x></item><item id="1"><a/></item><item>text</item></items></list>',
    keys: [['1'], null, ['1'], null],
  },
}

const feed: Scenario = {
  name: 'a feed',
  config: (origin) => ({
    request: { url: `${origin}/feed` },
    records: { decoder: { type: 'feed' } },
    primaryKey: ['id'],
    incremental: { path: 'published', order: 'time', sorted: 'descending' },
  }),
  answer: ({ headers }) => {
    if (!String(headers.accept).includes('application/rss+xml')) return odd
    const list = items.map(
      ({ id, name }) => `<item><guid>g${id}</guid><title>${name}</title><pubDate>Sun, 0${id} Mar 2026 12:00:00 GMT</pubDate></item>`,
    )
    return {
      headers: { 'content-type': 'application/rss+xml' },
      body: `<rss version="2.0"><channel><title>x</title>${list.join('')}</channel></rss>`,
    }
  },
  pages: [keys('g7', 'g6', 'g5', 'g4', 'g3', 'g2', 'g1')],
}

/** What is packed says nothing of what it is made of until it is whole. */
const packed = ['JSON that is not UTF-8', 'an empty body']

const gzip: Scenario = {
  name: 'gzip',
  config: (origin) => ({
    request: { url: `${origin}/items` },
    records: { path: 'items', compression: { type: 'gzip' } },
    pagination,
    primaryKey: ['id'],
  }),
  answer: (request) => ({ headers: { 'content-type': 'application/gzip' }, body: gzipSync(JSON.stringify({ items: pageOf(request) })) }),
  pages,
  irregular: { body: gzipSync('{"items":[{"id":1},{},{"id":1}]}'), keys: [[1], null, [1]] },
  impossible: packed,
}

const zip: Scenario = {
  name: 'zip, with CSV in it',
  config: (origin) => ({
    request: { url: `${origin}/items` },
    records: { decoder: { type: 'csv' }, compression: { type: 'zip' }, encoding: 'windows-1252' },
    primaryKey: ['id'],
  }),
  answer: () => ({
    headers: { 'content-type': 'application/zip' },
    body: zipSync({ 'a.csv': strToU8('id,name\n1,a\n2,b\n'), 'more/': strToU8(''), 'more/b.csv': strToU8('id,name\n3,caf\xe9\n', true) }),
  }),
  pages: [keys('1', '2', '3')],
  impossible: packed,
}

describeAdapter({ adapter: http, scenarios: [ndjson, csv, xml, feed, gzip, zip] })
