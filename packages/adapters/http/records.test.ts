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

  it('are left out by a filter, in no order and by any kind of test', () => {
    const rows = [
      { id: 1, n: 5, tags: ['x'] },
      { id: 2, n: '5' },
      { id: 3, n: 7, tags: null },
    ]
    const ids = (filter: unknown) =>
      read(rows, { records: { filter } as HttpConfig['records'] & object }).map((record) => 'key' in record && record.key[0])
    expect(ids([{ path: 'n', is: 'equals', value: 5 }])).toEqual([1])
    expect(ids([{ path: 'n', is: 'notEquals', value: 5 }])).toEqual([2, 3])
    expect(ids([{ path: 'n', is: 'oneOf', values: [7, '5'] }])).toEqual([2, 3])
    expect(ids([{ path: 'tags', is: 'contains', value: 'x' }])).toEqual([1])
    expect(ids([{ path: 'tags', is: 'absent' }])).toEqual([2, 3])
    expect(
      ids([
        { path: 'tags', is: 'present' },
        { path: 'n', is: 'atLeast', value: 5 },
      ]),
    ).toEqual([1])
    expect(ids([{ path: 'n', is: 'atMost', value: 6 }])).toEqual([1])
  })

  it('have the values of their partition where they are told to', () => {
    const partitions = { type: 'list', values: [{ city: 'x' }], record: 'of' } as const
    const of = {
      ...page('[{"id":1}]'),
      request: { method: 'GET', url: 'https://api.example.com/', headers: {}, partition: { city: 'Madrid' } },
    }
    const asked: HttpConfig = { ...config, partitions: { ...partitions, values: [{ city: 'x' }] }, primaryKey: ['of.city', 'id'] }
    expect([...records(of, asked)]).toEqual([{ key: ['Madrid', 1], fields: { id: 1, of: { city: 'Madrid' } } }])
  })

  it('with the same key are the newest one, where a field says which that is', () => {
    const versionField = { path: 'v', order: 'number' } as const
    const rows = [{ id: 1, v: 2 }, { id: 2, v: 1 }, { id: 1, v: 10 }, { id: 1, v: 9 }, { id: 3 }, { id: 2 }, {}]
    const found = read(rows, { versionField })
    expect(found.map((record) => ('fields' in record ? record.fields : 'problem'))).toEqual([
      { id: 2, v: 1 },
      { id: 1, v: 10 },
      { id: 3 },
      'problem',
    ])
    expect(
      read(
        [
          { id: 1, v: 1, a: 1 },
          { id: 1, v: 1, a: 2 },
        ],
        { versionField },
      ),
    ).toEqual([{ key: [1], fields: { id: 1, v: 1, a: 2 } }])
  })
})

describe('a schema of records', () => {
  const fields = {
    id: { type: 'integer' },
    name: { type: 'text', nullable: true },
    size: { type: 'number', optional: true },
    more: { type: 'any', optional: true },
  } as const
  const row = { id: 1, name: 'x' }
  const of = (mode: 'evolve' | 'freeze' | 'discard', record: unknown) => read([record], { schema: { mode, fields } })[0]

  it.each([row, { id: 1, name: null, size: 1.5, more: [] }, { id: '9007199254740993', name: '' }])(
    'takes what is declared: %j',
    (record) => {
      for (const mode of ['evolve', 'freeze', 'discard'] as const) expect(of(mode, record)).toMatchObject({ fields: record })
    },
  )

  it.each([
    [{ ...row, extra: 1 }, '`extra` is not known'],
    [{ id: 1 }, '`name` is missing'],
    [{ id: 1.5, name: 'x' }, '`id` is a number, not integer'],
    [{ id: 1, name: 5 }, '`name` is a number, not text'],
    [{ ...row, size: null }, '`size` is null, not number'],
    [{ ...row, size: '5' }, '`size` is a text, not number'],
    [{ id: 1, name: {}, size: [] }, '`name` is an object, not text, `size` is an array, not number'],
  ])('that is frozen refuses %j', (record, problem) => {
    expect(of('freeze', record)).toEqual({ problem: `the record differs from the schema: ${problem}` })
    expect(of('evolve', record)).toMatchObject({ fields: record })
  })

  it('that discards leaves out what is not known, and refuses what is wrong', () => {
    expect(of('discard', { ...row, extra: 1, other: {} })).toEqual({ key: [1], fields: row })
    expect(of('discard', { id: 1, extra: 1 })).toEqual({ problem: 'the record differs from the schema: `name` is missing' })
  })

  it('has nothing to say of what is deleted', () => {
    const schema = { mode: 'freeze', fields } as const
    expect(read([{ id: 1, gone: true }], { schema, deletedWhen: { path: 'gone', equals: true } })).toMatchObject([{ deleted: true }])
  })
})
