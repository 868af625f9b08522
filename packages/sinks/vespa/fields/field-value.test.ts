import type { Json } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { type FieldType, parseFieldType } from './field-type.ts'
import { fieldValue } from './field-value.ts'

const value = (type: string, given: Json): Json => fieldValue('f', parseFieldType(type) as FieldType, given)

describe('a value that fits its field', () => {
  it.each<[string, Json, Json]>([
    ['string', 'naïve\n', 'naïve\n'],
    ['long', 9_007_199_254_740_991, 9_007_199_254_740_991],
    ['byte', -128, -128],
    ['float', 1.5, 1.5],
    ['bool', false, false],
    ['array<string>', ['a', ''], ['a', '']],
    ['weightedset<string>', { a: 3, b: -1 }, { a: 3, b: -1 }],
    ['weightedset<string>', ['a', 'b', 'a'], { a: 2, b: 1 }],
    ['weightedset<int>', [5, 7], { '5': 1, '7': 1 }],
    ['map<string,double>', { x: 1.5 }, { x: 1.5 }],
    ['map<int,string>', { '1': 'a' }, { '1': 'a' }],
    ['position', { lat: 1, lng: 2 }, { lat: 1, lng: 2 }],
    ['position', { latitude: 1, longitude: 2 }, { lat: 1, lng: 2 }],
    ['position', { type: 'Point', coordinates: [-117.7, 35.7, 8] }, { lat: 35.7, lng: -117.7 }],
    ['array<position>', [{ lat: 1, lon: 2 }], [{ lat: 1, lng: 2 }]],
    ['tensor<float>(x[2])', [1, 2], { values: '3f80000040000000' }],
    ['tensor<double>(x[2])', [1, -2], { values: '3ff0000000000000c000000000000000' }],
    ['tensor<int8>(x[3])', [1, -128, 127], { values: '01807f' }],
    ['tensor<bfloat16>(x[4])', [1, 1.00390625, 1.01171875, 3], { values: '3f803f803f824040' }],
    ['tensor<float>(x[2])', '3F80000040000000', { values: '3F80000040000000' }],
    [
      'tensor<int8>(x[2],y[2])',
      [
        [1, 2],
        [3, 4],
      ],
      { values: '01020304' },
    ],
    ['tensor<float>(k{})', { a: 1.5 }, { cells: { a: 1.5 } }],
    ['tensor<int8>(k{},x[2])', { a: [1, 2], b: '0304' }, { blocks: { a: '0102', b: '0304' } }],
    [
      'tensor<int8>(a{},b{},x[2])',
      [{ address: { a: '1', b: 2 }, values: [1, 2] }],
      { blocks: [{ address: { a: '1', b: '2' }, values: '0102' }] },
    ],
    ['tensor<float>(a{},b{})', [{ address: { a: '1', b: 'x' }, value: 2 }], { cells: [{ address: { a: '1', b: 'x' }, value: 2 }] }],
    ['person', { name: 'any' }, { name: 'any' }],
  ])('%s takes %j', (type, given, sent) => expect(value(type, given)).toEqual(sent))
})

describe('a value that does not fit its field', () => {
  it.each<[string, Json, string]>([
    ['string', 5, 'is the number 5, not text'],
    ['string', 'a\u0001', 'U+0001'],
    ['string', '\ud83d', 'U+D83D'],
    ['int', 1.5, 'no whole number'],
    ['int', 3_000_000_000, 'beyond int'],
    ['long', 2 ** 60, 'beyond long'],
    ['double', '1.5', 'is text, not a number'],
    ['bool', 'true', 'not true or false'],
    ['array<string>', 'a', 'is text, not a list'],
    ['array<int>', [1, null], 'at entry 1 is null, not a number'],
    ['weightedset<string>', { a: 1.5 }, 'at "a" is 1.5'],
    ['weightedset<int>', { a: 1 }, 'which is no int'],
    ['map<string,double>', [1], 'is a list, not an object'],
    ['map<string,double>', { x: 'y' }, 'at "x" is text, not a number'],
    ['position', [1, 2], 'is a list, not a position'],
    ['position', { lat: 100, lng: 2 }, 'beyond 90 degrees'],
    ['position', { lat: 1 }, 'has no longitude'],
    ['tensor<float>(x[4])', [1, 2, 3], 'has 3 numbers, the field has 4'],
    ['tensor<float>(x[4])', [1, 2, 3, null], 'has null among its numbers'],
    ['tensor<float>(x[4])', { a: 1 }, 'is an object, not a list of 4 numbers'],
    ['tensor<float>(x[2])', '3f80', 'of 4 digits; 2 values of float have 16'],
    ['tensor<float>(x[2])', 'no hex', 'not the hexadecimal text'],
    ['tensor<float>(x[1])', [1e300], 'too large for float'],
    ['tensor<int8>(x[1])', [128], 'no int8'],
    ['tensor<int8>(x[2],y[2])', [[1, 2], [3]], 'has a list of 1 where a dimension has 2'],
    ['tensor<int8>(k{},x[2])', { a: [1] }, 'at "a" has 1 numbers, the field has 2'],
    ['tensor<float>(a{},b{})', { a: 1 }, 'not a list of {"address":{"a":…,"b":…},…}'],
    ['tensor<float>(a{},b{})', [{ address: { a: '1' }, value: 2 }], 'without exactly the dimensions a, b'],
    ['tensor<float>(a{},b{})', [{ value: 2 }], 'at entry 0 is not'],
  ])('%s refuses %j and names the field', (type, given, problem) => {
    const refused = expect.objectContaining({ code: 'sink_rejected', message: expect.stringContaining(`the field f `) })
    expect(() => value(type, given)).toThrow(refused)
    expect(() => value(type, given)).toThrow(expect.objectContaining({ message: expect.stringContaining(problem) }))
  })
})
