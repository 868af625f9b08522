import { gzipSync } from 'node:zlib'
import { type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { http } from '../index.ts'
import type { HttpConfig } from '../schema.ts'
import { longestRecord } from './limits.ts'

const request = { url: 'https://api.example.com/dump' }
const configOf = (config: object, maxBytes = 2 ** 30): HttpConfig =>
  parseConfig(http, { request: { ...request, maxBytes }, primaryKey: ['id'], ...config }, []) as HttpConfig

const facts = (contentType: string, status = 200): Pick<StoredPage, 'request' | 'response'> => ({
  request: { method: 'GET', url: request.url, headers: {} },
  response: { status, headers: { 'content-type': contentType }, receivedAt: '2026-01-01T00:00:00Z', durationMs: 1 },
})

async function* cut(body: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += length) yield body.subarray(at, at + length)
}

type Read = { readonly records: (Rec | RecordProblem)[]; readonly error: string | undefined }

async function inPieces(body: Uint8Array, config: HttpConfig, length: number, contentType: string): Promise<Read> {
  const records: (Rec | RecordProblem)[] = []
  try {
    for await (const record of http.largeRecords?.({ pieces: cut(body, length), ...facts(contentType) }, config) ?? []) records.push(record)
  } catch (error) {
    expect(error).toBeInstanceOf(WeaverError)
    return { records, error: (error as WeaverError).code }
  }
  return { records, error: undefined }
}

function whole(body: Uint8Array, config: HttpConfig, contentType: string): Read {
  try {
    return { records: [...http.records({ body, ...facts(contentType) }, config)], error: undefined }
  } catch (error) {
    return { records: [], error: (error as WeaverError).code }
  }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const rows = [
  { id: 1, name: 'Ávila ✓', nested: { list: [1, [2, { x: null }]], empty: {}, none: [] } },
  { id: 'a"b\\c', text: '\ud83d\ude00 \n\t\u2028', yes: true, no: false },
  { name: 'no key' },
  { id: 3, __proto__x: 1 },
]
const exact = '[{"id":12345678901234567890,"n":1e400,"f":0.10,"e":1E5,"m":-9007199254740993,"z":-0},{"id":2,"__proto__":{"a":1}}]'

/** Bodies that are read the same way, whole and in pieces. */
const same: readonly (readonly [name: string, body: Uint8Array, config: object, contentType?: string])[] = [
  ['an array', json(rows), {}],
  ['an array with exact numbers', Buffer.from(exact), {}],
  ['an array below', json({ meta: { items: [9] }, data: { items: rows, more: [1] }, end: null }), { records: { path: 'data.items' } }],
  ['an array in an array', json([{ a: 1 }, { b: rows }]), { records: { path: '1.b' } }],
  ['a single object', json({ id: 7, name: 'x', list: [1, 2], inner: { id: 8 } }), {}],
  ['a single object below', json({ data: { id: 7, name: 'x' } }), { records: { path: 'data' } }],
  ['elements that are no objects', json([1, 'x', null, [1], { id: 5 }]), {}],
  ['another encoding', Buffer.from('[{"id":1,"name":"caf\xe9"}]', 'latin1'), {}, 'application/json; charset=latin1'],
  ['an encoding that is set', Buffer.from('[{"id":1,"name":"caf\xe9"}]', 'latin1'), { records: { encoding: 'windows-1252' } }],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json(rows)]), {}],
  ['a filter', json(rows), { records: { filter: [{ path: 'id', is: 'equals', value: 1 }] } }],
  ['what says that it is gone', json([{ id: 1, gone: true }]), { deletedWhen: { path: 'gone', equals: true } }],
  ['a gzip file', gzipSync(json(rows)), { records: { compression: { type: 'gzip' } } }],
  ['lines', Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')), { records: { decoder: { type: 'ndjson' } } }],
  ['lines with a broken one', Buffer.from('{"id":1}\r\n\n{"id":\n{"id":3}\n'), { records: { decoder: { type: 'ndjson' } } }],
  ['lines, the last one broken', Buffer.from('{"id":1}\n{"id":\n'), { records: { decoder: { type: 'ndjson' } } }],
  ['lines with a path', Buffer.from('{"a":{"id":1}}\n{"b":2}\n{"a":{"id":2}}\n'), { records: { decoder: { type: 'ndjson' }, path: 'a' } }],
  ['a table', Buffer.from('id,name\n1,"a ""b"", c\nd"\n2,é\n\n3,x,y\n4,z\n'), { records: { decoder: { type: 'csv' } } }],
  [
    'a table with options',
    Buffer.from("x\n# c\n1;'a;b'\n2;c"),
    { records: { decoder: { type: 'csv', delimiter: ';', quote: "'", columns: ['id', 'name'], skipLines: 1, comment: '#' } } },
  ],
  ['no more than columns', Buffer.from('id,name\n'), { records: { decoder: { type: 'csv' } } }],
]

/** Bodies that cannot be read, or not to their end. */
const broken: readonly (readonly [name: string, body: Uint8Array, config: object, contentType?: string])[] = [
  ['an array that was cut off', json(rows).subarray(0, -1), {}],
  ['an array with something behind it', Buffer.from('[{"id":1}] x'), {}],
  ['two arrays', Buffer.from('[{"id":1}][{"id":2}]'), {}],
  ['no JSON', Buffer.from('<html>'), {}],
  ['nothing', Buffer.from(''), {}],
  ['white space', Buffer.from(' \n '), {}],
  ['a comma too many', Buffer.from('[{"id":1},]'), {}],
  ['nothing at the path', json({ data: rows }), { records: { path: 'items' } }],
  ['a text at the path', json({ items: 'x' }), { records: { path: 'items' } }],
  ['what is not in its encoding', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), {}],
  ['an encoding that is not known', json(rows), {}, 'application/json; charset=klingon'],
  ['a gzip file that was cut off', gzipSync(json(rows)).subarray(0, -9), { records: { compression: { type: 'gzip' } } }],
  ['no gzip file', json(rows), { records: { compression: { type: 'gzip' } } }],
  ['a gzip file that is too large', gzipSync(json(rows)), { records: { compression: { type: 'gzip', maxBytes: 10 } } }],
  ['lines that were cut off', Buffer.from('{"id":1}\n{"id":'), { records: { decoder: { type: 'ndjson' } } }],
  ['no lines of JSON', Buffer.from('a\nb\n'), { records: { decoder: { type: 'ndjson' } } }],
  ['a table without its key', Buffer.from('name\nx\n'), { records: { decoder: { type: 'csv' } } }],
  ['a table that was cut off', Buffer.from('id,name\n1,a\n2'), { records: { decoder: { type: 'csv' } } }],
  ['a table with an open quote', Buffer.from('id,name\n1,"a\n'), { records: { decoder: { type: 'csv' } } }],
]

const named = (all: typeof same) =>
  all.map(([name, body, config, contentType = 'application/json']) => ({ name, body, config, contentType }))

describe('a large answer has the records that it would have whole', () => {
  it.each(named(same))('$name', async ({ body, config, contentType }) => {
    const parsed = configOf(config)
    const expected = whole(body, parsed, contentType)
    expect(expected.error).toBeUndefined()
    for (const length of [1, 3, 17, body.byteLength]) expect(await inPieces(body, parsed, length, contentType)).toEqual(expected)
  })

  it.each(named(broken))('$name is malformed', async ({ body, config, contentType }) => {
    const parsed = configOf(config)
    const { error } = whole(body, parsed, contentType)
    expect(error).toMatch(/^source_(malformed|too_large)$/)
    for (const length of [1, 17, Math.max(1, body.byteLength)])
      expect((await inPieces(body, parsed, length, contentType)).error).toBe(error)
  })

  it('says what it cannot hold: a record without an end', async () => {
    const endless = async function* () {
      yield Buffer.from('[{"id":1},{"id":2,"text":"')
      for (let piece = 0; piece < 40; piece += 1) yield Buffer.alloc(longestRecord / 16, 'x')
    }
    const read = async (config: object) => {
      for await (const _record of http.largeRecords?.({ pieces: endless(), ...facts('application/json') }, configOf(config)) ?? []);
    }
    await expect(read({})).rejects.toMatchObject({ code: 'source_too_large', message: expect.stringContaining(`${longestRecord}`) })
    await expect(read({ records: { decoder: { type: 'ndjson' } } })).rejects.toMatchObject({ code: 'source_too_large' })
  })

  it('passes on what its pieces throw', async () => {
    const gone = new WeaverError('store_unavailable', 'gone')
    const failing = async function* () {
      yield Buffer.from('[1,')
      throw gone
    }
    for (const records of [{}, { compression: { type: 'gzip' } }, { decoder: { type: 'csv' } }, { decoder: { type: 'ndjson' } }]) {
      const read = async () => {
        for await (const _record of http.largeRecords?.({ pieces: failing(), ...facts('') }, configOf({ records })) ?? []);
      }
      await expect(read()).rejects.toBe(gone)
    }
  })
})

describe('what cannot be read piece by piece', () => {
  const limit = 67_108_864
  const refused: readonly (readonly [field: string, config: object])[] = [
    ['config.records.decoder', { records: { decoder: { type: 'xml' } } }],
    ['config.records.decoder', { records: { decoder: { type: 'feed' } } }],
    ['config.records.compression', { records: { compression: { type: 'zip' } } }],
    ['config.records.path', { records: { path: String.raw`a\.b` } }],
    ['config.pagination', { pagination: { type: 'page', parameter: 'page' } }],
    ['config.incremental', { incremental: { path: 'at', parameter: 'since', order: 'time' } }],
    ['config.versionField', { versionField: { path: 'v', order: 'number' } }],
    ['config.request.conditional', { request: { ...request, conditional: ['hash'] } }],
    ['config.errorHandlers.0.do', { errorHandlers: [{ when: { status: [418] }, do: 'deadLetter' }] }],
  ]

  it.each(refused)('is refused at %s (%#), with the limit and a way out, and allowed up to the limit', (field, config) => {
    const sent = { ...request, ...('request' in config ? (config.request as object) : {}) }
    const problem = () => parseConfig(http, { primaryKey: ['id'], ...config, request: { ...sent, maxBytes: limit + 1 } }, [])
    expect(problem).toThrow(expect.objectContaining({ code: 'invalid_config' }))
    try {
      problem()
    } catch (error) {
      const [found] = (error as WeaverError).errors
      expect(found).toMatchObject({ field, problem: expect.stringContaining(String(limit)), hint: expect.any(String) })
    }
    expect(() => parseConfig(http, { primaryKey: ['id'], ...config, request: { ...sent, maxBytes: limit } }, [])).not.toThrow()
  })

  it('is a dead letter that says so, when a page is read by a version that cannot', async () => {
    const config = configOf({ records: { decoder: { type: 'xml' } } }, limit)
    const found = await inPieces(Buffer.from('<a/>'), config, 2, 'application/xml')
    expect(found).toEqual({ records: [], error: 'source_too_large' })
  })
})
