import type { StoredPage } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { liveRecords } from './records.ts'
import type { RecordsConfig } from './records-field.ts'
import { type LiveMessage, segmentLine } from './segment.ts'

const at = Date.UTC(2026, 0, 2)
const time = '2026-01-02T00:00:00.000Z'
type Given = string | Uint8Array | Omit<LiveMessage, 'at'>

function read(messages: readonly Given[], config: RecordsConfig = {}) {
  const lines = messages.map((one) => segmentLine({ at, ...(typeof one === 'string' || one instanceof Uint8Array ? { data: one } : one) }))
  const page = { body: Buffer.from(lines.join('')) } as unknown as StoredPage
  return [...liveRecords(page, config)]
}
const problem = (text: string) => ({ problem: expect.stringContaining(text) as string })

describe('messages of JSON', () => {
  it('are records, one or many, wherever they are', () => {
    expect(read(['{"id":1}', '[{"id":2},{"id":3}]'], { primaryKey: ['id'] }).map((one) => 'key' in one && one.key)).toEqual([[1], [2], [3]])
    expect(
      read(['{"d":{"list":[{"id":1}]}}', '{"d":{"list":null}}', '{"d":{"list":{"id":2}}}'], {
        records: { path: 'd.list' },
        primaryKey: ['id'],
      }),
    ).toEqual([
      { key: [1], fields: { id: 1 } },
      { key: [2], fields: { id: 2 } },
    ])
  })

  it('keep integers that a number cannot hold', () => {
    expect(read(['{"id":9007199254740993}'], { primaryKey: ['id'] })).toEqual([
      { key: ['9007199254740993'], fields: { id: '9007199254740993' } },
    ])
  })

  it('may come as bytes', () => {
    expect(read([Buffer.from('{"id":"ü"}')], { primaryKey: ['id'] })).toEqual([{ key: ['ü'], fields: { id: 'ü' } }])
  })

  it('that cannot be read are problems of their own', () => {
    expect(
      read(['{"id":1', '', new Uint8Array([0x22, 0xff, 0x22]), '5', '{"a":1}', '{"id":""}', '{"id":7}'], { primaryKey: ['id'] }),
    ).toEqual([
      problem('not valid JSON'),
      problem('empty'),
      problem('UTF-8'),
      problem('a number, not an object'),
      problem('`id`'),
      problem('`id`'),
      { key: [7], fields: { id: 7 } },
    ])
    expect(read(['{"a":1}'], { records: { path: 'list' } })).toEqual([problem('`records.path` (list)')])
  })

  it('are left out when none of `when` holds', () => {
    const when = [
      { path: 'type', equals: 'update' },
      { path: 'n', equals: 5 },
    ]
    const found = read(['{"type":"update","id":1}', '{"type":"ack"}', '{"n":5,"id":2}', '"text"'], { when, primaryKey: ['id'] })
    expect(found.map((one) => ('key' in one ? one.key[0] : one.problem))).toEqual([1, 2])
  })

  it('are deleted by a value, by the name of the event, and not otherwise', () => {
    const deleted = (config: RecordsConfig) =>
      read([{ data: '{"id":1,"op":"d"}', event: 'delete' }, { data: '{"id":2,"op":"u"}', event: 'update' }, '{"id":3}'], {
        primaryKey: ['id'],
        ...config,
      }).map((one) => 'deleted' in one)
    expect(deleted({ deletedWhen: { path: 'op', equals: 'd' } })).toEqual([true, false, false])
    expect(deleted({ deletedWhen: { event: 'delete' } })).toEqual([true, false, false])
    expect(deleted({})).toEqual([false, false, false])
  })

  it('get what came around them when a field for it is named', () => {
    expect(read([{ data: '{"id":1}', event: 'update', id: 'x' }], { primaryKey: ['id'], messageField: '_m' })).toEqual([
      { key: [1], fields: { id: 1, _m: { at: time, event: 'update', id: 'x' } } },
    ])
  })
})

describe('without a primary key', () => {
  it('the key is the id of the message, or a hash of what it says', () => {
    const keys = read([{ data: '{"a":1}', id: '7' }, '{"a":1}', '{"a":1}', '{"a":2}', '[{},{}]'], {}).map((one) =>
      'key' in one ? one.key[0] : null,
    )
    expect(keys[0]).toBe('7')
    expect(keys[1]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[2]).toBe(keys[1])
    expect(new Set(keys).size).toBe(5)
    expect(keys[5]).toBe(`${keys[4]}.1`)
  })
})

describe('messages of text', () => {
  it('are records of text', () => {
    expect(read([{ data: 'hello', event: 'note', id: '1' }, 'plain'], { format: 'text' })).toEqual([
      { key: ['1'], fields: { text: 'hello', at: time, event: 'note', id: '1' } },
      { key: [expect.stringMatching(/^[0-9a-f]{32}$/)], fields: { text: 'plain', at: time } },
    ])
  })

  it('may come as bytes, when they are text', () => {
    expect(read([Buffer.from('grüße'), new Uint8Array([0xff])], { format: 'text' })).toEqual([
      { key: [expect.any(String)], fields: { text: 'grüße', at: time } },
      problem('UTF-8'),
    ])
  })

  it('are left out when none of `when` holds', () => {
    expect(read(['a', 'b'], { format: 'text', when: [{ text: 'b' }] })).toMatchObject([{ fields: { text: 'b' } }])
  })
})
