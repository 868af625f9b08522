import { describe, expect, it } from 'vitest'
import { parseFieldType } from './field-type.ts'
import { sameValue } from './same-value.ts'

const same = (sent: unknown, found: unknown, type?: string) =>
  sameValue(sent as never, found, type === undefined ? undefined : parseFieldType(type))

describe('a value that Vespa answers', () => {
  it.each([
    ['nothing that is sent as something empty', [], undefined, 'array<string>'],
    ['a false that it made of nothing', undefined, false, 'bool'],
    ['a float that it rounded', 0.123456789, 0.12345679, 'float'],
    ['a float of which nobody said that it is one', 0.123456789, 0.12345679, undefined],
    ['a large whole number in such a float', 1_234_567_890_123, 1.23456795e12, undefined],
    ['a position in millionths of degrees', { lat: 35.123_456_789, lng: -117.7 }, { lat: 35.123_456, lng: -117.7 }, 'position'],
    ['a position inside of what nobody described', [{ lat: 1.000_000_4, lng: 2 }], [{ lat: 1, lng: 2 }], undefined],
    ['a number that was sent as text', '5', 5, undefined],
    ['a tensor as numbers', { values: '3F80000040000000' }, { type: 'tensor<float>(x[2])', values: [1, 2] }, 'tensor<float>(x[2])'],
    ['cells that it rounded', { cells: { a: 1.1 } }, { cells: { a: 1.1015625 } }, 'tensor<bfloat16>(k{})'],
    [
      'blocks in another order and spelling',
      { blocks: { a: '3f800000', b: '40000000' } },
      {
        blocks: [
          { address: { k: 'b' }, values: [2] },
          { address: { k: 'a' }, values: [1] },
        ],
      },
      'tensor<float>(k{},x[1])',
    ],
    ['a tensor of unknown type', [1, 2], { type: 'tensor<float>(x[2])', values: [1, 3] }, undefined],
    ['a struct', { a: 1 }, { a: 2 }, 'person'],
  ])('is the same: %s', (_, sent, found, type) => {
    expect(same(sent, found, type)).toBe(true)
  })

  it.each([
    ['nothing', 'text', undefined, 'string'],
    ['something where nothing was', undefined, 'text', 'string'],
    ['a true that was nothing', undefined, true, 'bool'],
    ['a time of another millisecond', 1_772_712_001_234, 1_772_712_001_235, undefined],
    ['another double', 0.1, 0.100000001, 'double'],
    ['another float', 0.1, 0.10001, undefined],
    ['another place', { lat: 1, lng: 2 }, { lat: 1.00001, lng: 2 }, 'position'],
    ['an entry more', ['a'], ['a', 'b'], 'array<string>'],
    ['another order of a list', ['a', 'b'], ['b', 'a'], undefined],
    ['another key', { a: 1 }, { b: 1 }, 'map<string,int>'],
    ['another weight', { a: 1 }, { a: 2 }, 'weightedset<string>'],
    ['other cells', { values: '3f800000' }, { values: [2] }, 'tensor<float>(x[1])'],
    ['a label less', { cells: { a: 1, b: 2 } }, { cells: { a: 1 } }, 'tensor<float>(k{})'],
    ['another object', { a: { b: 1 } }, { a: { b: 2 } }, undefined],
  ])('is another one: %s', (_, sent, found, type) => {
    expect(same(sent, found, type)).toBe(false)
  })
})
