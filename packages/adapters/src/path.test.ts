import type { Json } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { lookup, parsePath, pathPattern } from './path.ts'

const value: Json = { a: [{ b: 1 }, { b: null }], 'a.b': 'dotted', 'back\\slash': 'yes', deep: { '0': 'key', length: 7 } }
const at = (text: string) => lookup(value, parsePath(text))

describe('lookup', () => {
  it('follows keys and indexes', () => {
    expect(at('a.0.b')).toBe(1)
    expect(at('a.1.b')).toBeNull()
    expect(at('deep.0')).toBe('key')
    expect(at('deep.length')).toBe(7)
  })

  it('takes escaped dots and backslashes as part of a key', () => {
    expect(at(String.raw`a\.b`)).toBe('dotted')
    expect(at(String.raw`back\\slash`)).toBe('yes')
  })

  it('leads nowhere through what is not the value itself', () => {
    for (const path of ['a.2', 'a.-1', 'a.01', 'a.length', 'a.0.b.c', '__proto__', 'constructor.name', 'a.map', 'a.0.toString']) {
      expect(at(path), path).toBeUndefined()
    }
    expect(lookup(JSON.parse('{"__proto__": {"x": 1}}') as Json, parsePath('__proto__.x'))).toBe(1)
  })
})

it('the pattern of a path allows what can be parsed and nothing else', () => {
  const pattern = new RegExp(pathPattern)
  for (const path of ['a', 'a.b', 'a.0.b', String.raw`a\.b`, String.raw`a\\.b`, 'ünï.code', 'with space'])
    expect(pattern.test(path), path).toBe(true)
  for (const path of ['', '.', 'a.', '.a', 'a..b', 'a\\', String.raw`a\b`]) expect(pattern.test(path), path).toBe(false)
})
