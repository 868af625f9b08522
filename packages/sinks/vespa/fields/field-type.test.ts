import { describe, expect, it } from 'vitest'
import { blockLength, parseFieldType, spellType, type TensorType } from './field-type.ts'

describe('the type of a field', () => {
  it.each([
    ['string', { kind: 'scalar', type: 'string' }],
    [' array< long >', { kind: 'array', of: { kind: 'scalar', type: 'long' } }],
    ['weightedset<int>', { kind: 'weightedset', of: 'int' }],
    ['map<string, array<double>>', { kind: 'map', key: 'string', value: { kind: 'array', of: { kind: 'scalar', type: 'double' } } }],
    ['tensor(x[3])', { kind: 'tensor', cell: 'double', dimensions: [{ name: 'x', size: 3 }] }],
    ['tensor<int8>(part{}, x[96])', { kind: 'tensor', cell: 'int8', dimensions: [{ name: 'part' }, { name: 'x', size: 96 }] }],
    ['reference<artist>', { kind: 'other' }],
    ['person', { kind: 'other' }],
  ])('%s is read', (text, type) => expect(parseFieldType(text)).toEqual(type))

  it.each([
    '',
    'weightedset<double>',
    'map<string>',
    'map<double,string>',
    'array<tensor(x[3])>',
    'tensor',
    'tensor()',
    'tensor<half>(x[3])',
    'tensor(x[0])',
    'tensor(x[3],x{})',
    'tensor(x[99999],y[99999])',
    'a b<',
  ])('%j is none', (text) => expect(parseFieldType(text)).toBeUndefined())

  it('is the same one however it is written', () => {
    expect(spellType('tensor(y[2], x[3])')).toBe('tensor<double>(x[3],y[2])')
    expect(spellType('map<string, int>')).toBe('map<string,int>')
    expect(blockLength(parseFieldType('tensor(k{},x[3],y[2])') as TensorType)).toBe(6)
  })
})
