import { describe, expect, it } from 'vitest'
import { cursorValue, larger } from './order.ts'

describe('the larger cursor value', () => {
  it.each([
    ['number', 9, 10, 10],
    ['number', '9', '10', '10'],
    ['number', '9007199254740993', '9007199254740992', '9007199254740993'],
    ['number', '9007199254740992', '9007199254740993', '9007199254740993'],
    ['number', '9007199254740993', 5, '9007199254740993'],
    ['number', -1.5, -1.25, -1.25],
    ['text', '9', '10', '9'],
    ['text', 'b', 'a', 'b'],
    // As text the first would be the larger one: `Z` comes after `.` and after `+`.
    ['time', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.5Z'],
    ['time', '2026-01-01T01:00:00Z', '2026-01-01T00:30:00-02:00', '2026-01-01T00:30:00-02:00'],
    ['time', '2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123457Z', '2026-01-01T00:00:00.123457Z'],
    ['time', '2026-01-01 10:00', '2026-01-01', '2026-01-01 10:00'],
    // Equal ones: the first stays.
    ['time', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000+00:00', '2026-01-01T00:00:00Z'],
    ['number', 1, '1', 1],
  ] as const)('%s: of %s and %s it is %s', (order, a, b, expected) => {
    expect(larger(a, b, order)).toBe(expected)
  })

  it('is the other one when there is only one', () => {
    expect(larger(undefined, 3, 'number')).toBe(3)
    expect(larger(3, undefined, 'number')).toBe(3)
    expect(larger(undefined, undefined, 'number')).toBeUndefined()
  })
})

it.each([
  ['number', 0, true],
  ['number', '12345678901234567890', true],
  ['number', 'twelve', false],
  ['number', '', false],
  ['number', null, false],
  ['number', '1e3', false],
  ['text', 'a', true],
  ['text', '', false],
  ['text', 5, false],
  ['time', '2026-02-28T00:00:00Z', true],
  ['time', '2026-02-28', true],
  ['time', '2026-02-28T10:00:00.123456789+0530', true],
  ['time', '2026-13-01T00:00:00Z', false],
  ['time', 'yesterday', false],
  ['time', 1700000000000, false],
  ['time', undefined, false],
] as const)('in the order %s, %j is a value: %s', (order, value, expected) => {
  expect(cursorValue(value, order)).toBe(expected ? value : undefined)
})
