import { describe, expect, it } from 'vitest'
import { compilePath, parsePath, pathProblem } from './path.ts'

describe('compilePath', () => {
  const record = {
    id: 'a1',
    zero: 0,
    none: null,
    properties: { mag: 4.5, 'net.id': 'us' },
    geometry: { coordinates: [10, 20, { depth: 3 }] },
    a: { b: { c: { d: 'deep' } } },
    'back\\slash': 1,
    '0': 'key zero',
    text: 'abc',
  }
  it.each([
    ['id', 'a1'],
    ['zero', 0],
    ['none', null],
    ['none.x', undefined],
    ['properties.mag', 4.5],
    ['properties.net\\.id', 'us'],
    ['geometry.coordinates.1', 20],
    ['geometry.coordinates.2.depth', 3],
    ['geometry.coordinates.3', undefined],
    ['geometry.coordinates.-1', undefined],
    ['geometry.coordinates.01', undefined],
    ['geometry.coordinates.length', undefined],
    ['geometry.coordinates.map', undefined],
    ['a.b.c.d', 'deep'],
    ['a.x.c.d', undefined],
    ['back\\\\slash', 1],
    ['0', 'key zero'],
    ['text.0', undefined],
    ['text.length', undefined],
  ])('%s', (path, expected) => {
    expect(compilePath(path)(record)).toEqual(expected)
  })

  it.each(['__proto__', 'constructor', 'constructor.name', '__proto__.toString', 'a.__proto__', 'a.b.constructor.name', 'hasOwnProperty'])(
    'does not walk the prototype: %s',
    (path) => {
      expect(compilePath(path)(record)).toBeUndefined()
    },
  )

  it('sees keys with such names when the record has them itself', () => {
    const own: unknown = JSON.parse('{"__proto__":{"x":1},"constructor":"c"}')
    expect(compilePath('__proto__.x')(own)).toBe(1)
    expect(compilePath('constructor')(own)).toBe('c')
  })

  it('takes any root', () => {
    for (const root of [null, undefined, 1, 'text', true]) expect(compilePath('a.b.c')(root)).toBeUndefined()
    expect(compilePath('0')(['first'])).toBe('first')
    expect(compilePath('a')(Object.assign(Object.create(null), { a: 1 }))).toBe(1)
  })
})

describe('pathProblem', () => {
  it.each([
    ['', 'is empty'],
    ['.', 'has an empty key at position 1'],
    ['a.', 'has an empty key at position 2'],
    ['a..b', 'has an empty key at position 2'],
    ['.a', 'has an empty key at position 1'],
    ['a\\', 'ends with a single backslash'],
    ['a\\b', 'has a backslash that is followed by neither a dot nor a backslash'],
  ])('%j', (path, problem) => {
    expect(pathProblem(path)).toBe(problem)
    expect(() => compilePath(path)).toThrow(expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining(problem) }))
  })

  it('accepts what is well formed', () => {
    expect(pathProblem('a.b\\.c.0')).toBeUndefined()
    expect(parsePath('a.b\\.c\\\\.0')).toEqual(['a', 'b.c\\', '0'])
    expect(parsePath('ключ. 😀 ')).toEqual(['ключ', ' 😀 '])
  })
})
