import type { JsonObject, Transform, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { compileTransform } from './index.ts'

const quake: JsonObject = {
  id: 'ci38457511',
  properties: { mag: 7.1, place: '18km W of Searles Valley', time: 1562383193040, felt: null, tsunami: 0, 'net.id': 'ci' },
  geometry: { coordinates: [-117.599, 35.77, 8] },
}

const run = (fields: Transform['fields'], record: JsonObject = quake): JsonObject => compileTransform({ fields })(record)

function failureOf(work: () => unknown): WeaverError {
  try {
    work()
  } catch (error) {
    return error as WeaverError
  }
  throw new Error('expected a failure')
}

describe('compileTransform', () => {
  it('is the identity without a transform', () => {
    expect(compileTransform(null)(quake)).toBe(quake)
  })

  it('picks, converts, fixes and composes, in the order of the mapping', () => {
    const document = run({
      magnitude: 'properties.mag',
      net: 'properties.net\\.id',
      depth: { path: 'geometry.coordinates.2' },
      at: { path: 'properties.time', convert: 'epochMillis' },
      tsunami: { path: 'properties.tsunami', convert: 'boolean' },
      kind: { constant: 'earthquake' },
      nothing: { constant: null },
      tags: { constant: ['a', { b: 1 }] },
      title: { template: 'M {{properties.mag}}, {{ properties.place }}' },
    })
    expect(document).toEqual({
      magnitude: 7.1,
      net: 'ci',
      depth: 8,
      at: '2019-07-06T03:19:53.040Z',
      tsunami: false,
      kind: 'earthquake',
      nothing: null,
      tags: ['a', { b: 1 }],
      title: 'M 7.1, 18km W of Searles Valley',
    })
    expect(Object.keys(document)[0]).toBe('magnitude')
  })

  it('does not change the record', () => {
    const before = JSON.stringify(quake)
    run({ a: 'properties', b: { path: 'properties.time', convert: 'epochMillis' }, c: { path: 'x', default: 1 } })
    expect(JSON.stringify(quake)).toBe(before)
  })

  it('is not changed by later changes of its mapping', () => {
    const fields = { a: { constant: { deep: 1 } }, b: { path: 'x', default: { deep: 1 } } }
    const map = compileTransform({ fields })
    fields.a.constant.deep = 2
    fields.b.default.deep = 2
    expect(map({})).toEqual({ a: { deep: 1 }, b: { deep: 1 } })
  })
})

describe('missing and null', () => {
  it('leaves out what is missing and keeps null', () => {
    const document = run({ gone: 'properties.nothing', far: 'a.b.c', felt: 'properties.felt', through: 'properties.felt.deeper' })
    expect(document).toEqual({ felt: null })
    expect(Object.keys(document)).toEqual(['felt'])
  })

  it('puts the default in place of both, unconverted', () => {
    const fields = {
      gone: { path: 'properties.nothing', default: 'none' },
      felt: { path: 'properties.felt', convert: 'integer', default: 'none' },
      nulled: { path: 'properties.nothing', default: null },
      zero: { path: 'properties.tsunami', default: 5 },
    } as const
    expect(run(fields)).toEqual({ gone: 'none', felt: 'none', nulled: null, zero: 0 })
  })

  it('keeps false, zero and empty text: they are there', () => {
    const record = { a: false, b: 0, c: '' }
    expect(run({ a: { path: 'a', default: 1 }, b: { path: 'b', default: 1 }, c: { path: 'c', default: 1 } }, record)).toEqual(record)
    expect(run({ a: { path: 'a', required: true }, b: { path: 'b', required: true }, c: { path: 'c', required: true } }, record)).toEqual(
      record,
    )
  })

  it('does not convert null', () => {
    expect(run({ a: { path: 'properties.felt', convert: 'json' }, b: { path: 'properties.felt', convert: 'time' } })).toEqual({
      a: null,
      b: null,
    })
  })

  it.each([
    ['properties.nothing', 'is missing'],
    ['properties.felt', 'is null'],
  ])('fails the record when a required value at %s %s', (path, problem) => {
    const error = failureOf(() => run({ id: 'id', felt: { path, required: true, convert: 'integer' } }))
    expect(error.code).toBe('transform_failed')
    expect(error.message).toBe(`Field felt: the value at "${path}" ${problem}, but the field is required.`)
    expect(error.errors).toEqual([{ field: 'felt', problem: expect.stringContaining(path) }])
  })
})

describe('failures', () => {
  it('name the field, the path, the value and the problem', () => {
    const error = failureOf(() => run({ magnitude: { path: 'properties.mag', convert: 'number' } }, { properties: { mag: '1,5' } }))
    expect(error.code).toBe('transform_failed')
    expect(error.retryable).toBe(false)
    expect(error.message).toBe(
      'Field magnitude: the value at "properties.mag" is "1,5", which is not the text of a number (digits, a dot, an exponent).',
    )
  })

  it('never show a whole payload', () => {
    const long = `secret ${'x'.repeat(10_000)} tail`
    for (const value of [long, { long }, [long]]) {
      const error = failureOf(() => run({ a: { path: 'a', convert: 'number' } }, { a: value }))
      expect(error.message.length).toBeLessThan(250)
      expect(error.message).not.toContain('tail')
    }
  })

  it('stay well-formed text when the value is not', () => {
    const cut = failureOf(() => run({ a: { path: 'a', convert: 'number' } }, { a: `${'x'.repeat(39)}😀😀` }))
    const lone = failureOf(() => run({ a: { path: 'a', convert: 'number' } }, { a: '\ud800 \u0000' }))
    for (const error of [cut, lone]) {
      expect(error.message.isWellFormed()).toBe(true)
      expect(error.message).not.toContain('\u0000')
    }
  })
})

describe('names that objects inherit', () => {
  it('are read only when the record has them', () => {
    const fields = { a: 'constructor', b: '__proto__.polluted', c: 'toString.name', d: { template: '[{{constructor.name}}]' } }
    expect(run(fields)).toEqual({ d: '[]' })
    expect(run(fields, JSON.parse('{"constructor":1,"__proto__":{"polluted":2}}'))).toEqual({ a: 1, b: 2, d: '[]' })
  })

  it('are written as ordinary fields', () => {
    const document = run({ constructor: 'id', toString: 'id' })
    expect(Object.hasOwn(document, 'constructor')).toBe(true)
    expect(document['toString']).toBe('ci38457511')
  })
})

describe('templates', () => {
  const record: JsonObject = { a: 'A', n: 1.5, t: true, z: null, o: { x: [1] }, 'k.k': 'dotted', 'p}': 'brace' }
  it.each([
    ['{{a}}', 'A'],
    ['{{ a }}-{{a}}', 'A-A'],
    ['{{a}}{{n}}{{t}}', 'A1.5true'],
    ['<{{z}}{{nothing}}{{o.y.z}}>', '<>'],
    ['{{o}}', '{"x":[1]}'],
    ['{{k\\.k}}', 'dotted'],
    ['{"a":{{n}}}', '{"a":1.5}'],
    ['{{{a}}}', '{A}'],
    ['{ {{a}} }', '{ A }'],
    ['\\{{a}} is {{a}}', '{{a}} is A'],
    ['\\\\{{a}}', '\\A'],
    ['C:\\dir\\\\x {{a}}', 'C:\\dir\\\\x A'],
    ['}} {{a}} }}', '}} A }}'],
    ['😀 {{a}}\n', '😀 A\n'],
  ])('%s', (template, expected) => {
    expect(run({ text: { template } }, record)).toEqual({ text: expected })
  })

  it('do not read placeholders in values', () => {
    expect(run({ text: { template: '{{a}}' } }, { a: '{{b}}$&', b: 'no' })).toEqual({ text: '{{b}}$&' })
  })
})
