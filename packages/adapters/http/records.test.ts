import type { StoredPage } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { records } from './records.ts'
import type { HttpConfig } from './schema.ts'

const config: HttpConfig = { request: { url: 'https://api.example.com/' }, primaryKey: ['id'] }

const page = (body: string, status = 200): StoredPage => ({
  body: Buffer.from(body),
  request: { method: 'GET', url: 'https://api.example.com/', headers: {} },
  response: { status, headers: { 'content-type': 'application/json' }, receivedAt: '2026-01-01T00:00:00.000Z', durationMs: 1 },
})
const read = (body: unknown, changes: Partial<HttpConfig> = {}) => [
  ...records(page(typeof body === 'string' ? body : JSON.stringify(body)), { ...config, ...changes }),
]

describe('records', () => {
  it('are the elements of the array at the path, or the one object there', () => {
    const record = { id: 1, a: 'x' }
    const expected = [{ key: [1], fields: record }]
    expect(read([record])).toEqual(expected)
    expect(read(record)).toEqual(expected)
    expect(read({ data: { items: [record] } }, { records: { path: 'data.items' } })).toEqual(expected)
    expect(read({ 'a.b': [[], [record]] }, { records: { path: String.raw`a\.b.1` } })).toEqual(expected)
  })

  it('are none where there is an empty list, null, or an answer without a body', () => {
    expect(read([])).toEqual([])
    expect(read({ items: null }, { records: { path: 'items' } })).toEqual([])
    expect([...records(page('', 204), config)]).toEqual([])
  })

  it('cannot be read where the path leads nowhere or to something else', () => {
    const malformed = (message: string) => expect.objectContaining({ code: 'source_malformed', message: expect.stringContaining(message) })
    expect(() => read({ data: {} }, { records: { path: 'data.items' } })).toThrow(malformed('`records.path` (data.items)'))
    expect(() => read({ items: 5 }, { records: { path: 'items' } })).toThrow(malformed('a number at'))
    expect(() => read('"text"')).toThrow(malformed('a string at the body'))
    expect(() => read('<html>')).toThrow(malformed('not valid JSON'))
  })

  it('have the parts of their key in the order of the configuration', () => {
    expect(read([{ b: { c: 'x' }, a: 0 }], { primaryKey: ['b.c', 'a'] })).toEqual([{ key: ['x', 0], fields: { b: { c: 'x' }, a: 0 } }])
  })

  it('keep keys that no number can hold', () => {
    expect(read('[{"id": 9007199254740993}, {"id": 9007199254740992}]').map((record) => 'key' in record && record.key)).toEqual([
      ['9007199254740993'],
      ['9007199254740992'],
    ])
  })

  it('without a key are problems, each in its place, and the others go on', () => {
    const bad = [{ id: null }, {}, { id: '' }, { id: {} }, { id: true }, 'text', null, [1], 7]
    const found = read([{ id: 1 }, ...bad, { id: 2 }])
    expect(found).toHaveLength(bad.length + 2)
    expect(found[0]).toMatchObject({ key: [1] })
    expect(found.at(-1)).toMatchObject({ key: [2] })
    for (const record of found.slice(1, 6)) expect(record).toEqual({ problem: expect.stringContaining('`id`') })
    expect(found.slice(6, -1)).toEqual(
      ['a string', 'null', 'an array', 'a number'].map((name) => ({ problem: `the record is ${name}, not an object` })),
    )
  })

  it('may repeat a key: the order stays, and the last one wins further down', () => {
    expect(
      read([
        { id: 1, v: 1 },
        { id: 1, v: 2 },
      ]).map((record) => 'fields' in record && record.fields.v),
    ).toEqual([1, 2])
  })

  it('are deleted when they say so', () => {
    const deletedWhen = { path: 'meta.gone', equals: true } as const
    const found = read([{ id: 1, meta: { gone: true } }, { id: 2, meta: { gone: 'true' } }, { id: 3 }], { deletedWhen })
    expect(found.map((record) => 'deleted' in record)).toEqual([true, false, false])
    expect(read([{ id: 1, state: null }, { id: 2 }], { deletedWhen: { path: 'state', equals: null } })).toEqual([
      { key: [1], fields: { id: 1, state: null }, deleted: true },
      { key: [2], fields: { id: 2 } },
    ])
  })
})
