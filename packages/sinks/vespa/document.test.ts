import { describe, expect, it } from 'vitest'
import { documentBody, documentPath, guard, isOlder, readOrder } from './document.ts'
import { compileMapping, type FieldSource } from './mapping.ts'
import { doc } from './test/played-vespa.ts'

const shape = { namespace: 'weaver', documentType: 'quake' }
const bodyOf = (fields: Parameters<typeof doc>[2], mapped: Record<string, FieldSource>, more: Parameters<typeof doc>[3] = {}) => {
  const body = documentBody({ ...shape, mapping: compileMapping(mapped) }, doc('a', 7, fields, more), 1000)
  return (JSON.parse(body) as { fields: Record<string, unknown> }).fields
}

describe('the path of a document', () => {
  it('keeps tenants and ids apart whatever they hold', () => {
    const paths = [
      ['a', 'b:c'],
      ['a:b', 'c'],
      ['a', 'b/c'],
      ['a', 'b%2Fc'],
      ['a', 'b?c=1#'],
      ['a/b', 'c'],
    ].map(([tenant = '', id = '']) => documentPath(shape, { tenant, id }))
    expect(new Set(paths).size).toBe(paths.length)
    for (const path of paths) expect(path).toMatch(/^\/document\/v1\/weaver\/quake\/docid\/[^/?#]+$/)
    expect(paths[0]).toBe('/document/v1/weaver/quake/docid/a%3Ab%3Ac')
  })
})

describe('the body of a put', () => {
  it('has the lineage, all fields as JSON, and the mapped ones', () => {
    const fields = { title: 'Big', mag: 6.5, lat: 1, lon: 2, none: null }
    const mapped = {
      name: 'title',
      magnitude: 'mag',
      location: { lat: 'lat', lng: 'lon' },
      nothing: 'none',
      missing: 'absent',
      inherited: 'constructor',
    }
    expect(bodyOf(fields, mapped)).toEqual({
      weaver_id: 'a',
      weaver_tenant: 'default',
      weaver_stream: 'played',
      weaver_seq: 7,
      weaver_transform_version: 1,
      weaver_record: 0,
      weaver_stream_version: 1,
      weaver_result_id: '00000000-0000-4000-8000-000000000007',
      weaver_run_id: '00000000-0000-4000-8000-000000000007',
      weaver_stream_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      weaver_deleted: false,
      weaver_written_at: 1000,
      weaver_fields: JSON.stringify(fields),
      weaver_content: expect.stringMatching(/^[\w-]{22}$/),
      name: 'Big',
      magnitude: 6.5,
      location: { lat: 1, lng: 2 },
    })
  })

  it('has no position when a part of it is missing', () => {
    expect(bodyOf({ lat: 1, lon: null }, { location: { lat: 'lat', lng: 'lon' } })).not.toHaveProperty('location')
  })

  it('is a tombstone without fields for a delete', () => {
    const body = bodyOf({ title: 'Big' }, { name: 'title' }, { deleted: true })
    expect(body).toMatchObject({ weaver_deleted: true, weaver_fields: '{}', weaver_seq: 7 })
    expect(body).not.toHaveProperty('name')
  })

  it('has no character in the JSON text that Vespa refuses in a string', () => {
    const fields = { a: 'x\ufffe\ufdd0\u{1fffe}\u0001\ud83d y', '\uffff': 1 }
    const text = String(bodyOf(fields, {})['weaver_fields'])
    expect(text).not.toMatch(/[\p{Noncharacter_Code_Point}\p{Cs}\p{Cc}]/u)
    expect(JSON.parse(text)).toEqual(fields)
  })
})

describe('the order of writes', () => {
  const order = (seq: number, transformVersion: number, record: number) => ({ seq, transformVersion, record })

  it('is by result, then transform, then record', () => {
    const ascending = [order(1, 9, 9), order(2, 1, 9), order(2, 2, 0), order(2, 2, 1)]
    for (const [a, left] of ascending.entries()) for (const [b, right] of ascending.entries()) expect(isOlder(left, right)).toBe(a < b)
  })

  it('is the same one as a condition', () => {
    expect(guard(shape, order(5, 2, 3))).toBe(
      'quake.weaver_seq < 5 or (quake.weaver_seq == 5 and (quake.weaver_transform_version < 2 or (quake.weaver_transform_version == 2 and quake.weaver_record < 3)))',
    )
  })

  it('is read back, or is not there', () => {
    expect(readOrder('{"fields":{"weaver_seq":5,"weaver_transform_version":2,"weaver_record":0}}')).toEqual(order(5, 2, 0))
    for (const body of ['{"fields":{"weaver_seq":5}}', '{"fields":{}}', '{}', 'null', '<html>']) expect(readOrder(body)).toBeUndefined()
  })
})
