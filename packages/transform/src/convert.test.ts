import type { Json, Transform } from '@data-weaver/contracts'
import { describe, expect, it, vi } from 'vitest'
import { compileTransform } from './index.ts'

type Conversion = NonNullable<Extract<Transform['fields'][string], { path: string }>['convert']>

const convert = (conversion: Conversion, value: Json): Json | undefined =>
  compileTransform({ fields: { a: { path: 'a', convert: conversion } } })({ a: value })['a']

/** Values that convert, with what they become, and values that do not, with the problem. */
function table(conversion: Conversion, good: readonly (readonly [Json, Json])[], bad: readonly (readonly [Json, string])[]): void {
  describe(conversion, () => {
    it.each(good)('%j becomes %j', (value, expected) => {
      expect(convert(conversion, value)).toStrictEqual(expected)
    })
    it.each(bad)('%j fails: %s', (value, problem) => {
      expect(() => convert(conversion, value)).toThrow(
        expect.objectContaining({ code: 'transform_failed', message: expect.stringContaining(problem) }),
      )
    })
  })
}

table(
  'string',
  [
    ['', ''],
    [' a ', ' a '],
    [1.5, '1.5'],
    [-3, '-3'],
    [1e-7, '1e-7'],
    [true, 'true'],
    [9_007_199_254_740_991, '9007199254740991'],
  ],
  [
    [{ a: 1 }, 'is an object, which has no text form'],
    [[1], 'is an array, which has no text form'],
    [JSON.parse('12345678901234567890'), 'last digits are lost'],
    [Infinity, 'not a finite number'],
  ],
)

table(
  'number',
  [
    [1.5, 1.5],
    ['1.5', 1.5],
    [' -1.5e3\n', -1500],
    ['+.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['-0', 0],
    [-0, 0],
    ['1e-400', 0],
  ],
  [
    ['1,5', 'not the text of a number'],
    ['1 000', 'not the text of a number'],
    ['0x10', 'not the text of a number'],
    ['1_000', 'not the text of a number'],
    ['NaN', 'not the text of a number'],
    ['Infinity', 'not the text of a number'],
    ['12px', 'not the text of a number'],
    ['٣', 'not the text of a number'],
    ['', 'is empty text'],
    ['  ', 'is empty text'],
    ['1e400', 'not a finite number'],
    [true, 'is not a number'],
    [{}, 'is an object, which is not a number'],
    [[1], 'is an array, which is not a number'],
  ],
)

table(
  'integer',
  [
    [5, 5],
    ['5', 5],
    [' +5 ', 5],
    ['5.00', 5],
    [-0, 0],
    [9_007_199_254_740_991, 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
  ],
  [
    [1.5, 'has a fraction'],
    ['1.5', 'not the text of a whole number'],
    ['1e3', 'not the text of a whole number'],
    ['1,000', 'not the text of a whole number'],
    ['9007199254740991.4', 'not the text of a whole number'],
    ['', 'not the text of a whole number'],
    ['9007199254740993', 'beyond 2^53'],
    [9_007_199_254_740_992, 'beyond 2^53'],
    ['1'.repeat(400), 'not a finite number'],
    [false, 'is not a number'],
  ],
)

table(
  'boolean',
  [
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    ['1', true],
    ['0', false],
    ['true', true],
    [' False ', false],
    ['TRUE', true],
  ],
  [
    ['yes', 'none of true, false, 1 and 0'],
    ['', 'none of true, false, 1 and 0'],
    [2, 'none of true, false, 1 and 0'],
    [[], 'none of true, false, 1 and 0'],
    [{}, 'none of true, false, 1 and 0'],
  ],
)

table(
  'json',
  [
    [{ a: [1, null, 'x'] }, '{"a":[1,null,"x"]}'],
    ['x', '"x"'],
    [1, '1'],
    [false, 'false'],
  ],
  [],
)

table(
  'time',
  [
    ['2024-02-29T10:20:30.123Z', '2024-02-29T10:20:30.123Z'],
    ['2024-02-29t10:20:30z', '2024-02-29T10:20:30.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29T10:20', '2024-02-29T10:20:00.000Z'],
    ['2024-02-29T10Z', '2024-02-29T10:00:00.000Z'],
    ['2024-02-29 10:20:30', '2024-02-29T10:20:30.000Z'],
    [' 2024-02-29 10:20:30 UTC ', '2024-02-29T10:20:30.000Z'],
    ['2024-02-29 10:20:30+00', '2024-02-29T10:20:30.000Z'],
    ['2024-02-29 10:20:30.5 -0330', '2024-02-29T13:50:30.500Z'],
    ['2024-01-01T00:30:00+02:00', '2023-12-31T22:30:00.000Z'],
    ['2024-02-29T10:20:30.999999999Z', '2024-02-29T10:20:30.999Z'],
    ['2024-02-29T10:20:30,5Z', '2024-02-29T10:20:30.500Z'],
    ['20240229T102030Z', '2024-02-29T10:20:30.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['0050-01-01T00:00:00Z', '0050-01-01T00:00:00.000Z'],
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
    ['21 Nov 1997 09:55 GMT', '1997-11-21T09:55:00.000Z'],
    ['Tuesday, 1 jul 2003 10:52:37 +0200 (CEST)', '2003-07-01T08:52:37.000Z'],
    ['Tue, 01 Jul 03 10:52:37 EST', '2003-07-01T15:52:37.000Z'],
    ['Tue, 01 Jul 97 10:52:37 UT', '1997-07-01T10:52:37.000Z'],
  ],
  [
    [1_700_000_000, 'convert it with epochSeconds or epochMillis'],
    ['1700000000', 'neither an ISO 8601 nor an RFC 2822 time'],
    ['20240229', 'neither an ISO 8601 nor an RFC 2822 time'],
    ['2023-02-29', 'neither'],
    ['2024-13-01', 'neither'],
    ['2024-00-10', 'neither'],
    ['2024-01-00', 'neither'],
    ['2024-01-01T24:00:00Z', 'neither'],
    ['2024-01-01T10:60:00Z', 'neither'],
    ['2024-01-01T10:00:00+25:00', 'neither'],
    ['2024-01-01T102030Z', 'neither'],
    ['20240101T10:20:30Z', 'neither'],
    ['2024-0101', 'neither'],
    ['01/02/2024', 'neither'],
    ['2024-1-2', 'neither'],
    ['yesterday', 'neither'],
    ['', 'neither'],
    ['Fri, 32 Nov 1997 09:55:06 GMT', 'neither'],
    ['Fri, 21 Foo 1997 09:55:06 GMT', 'neither'],
    ['Fri, 21 Nov 1997 09:55:06 CET', 'neither'],
    ['0000-01-01T00:00:00+01:00', 'outside the years 0000 to 9999'],
    [true, 'not the text of a time'],
    [['2024-01-01'], 'not the text of a time'],
  ],
)

table(
  'epochSeconds',
  [
    [0, '1970-01-01T00:00:00.000Z'],
    [1_646_496_980, '2022-03-05T16:16:20.000Z'],
    ['1646496980', '2022-03-05T16:16:20.000Z'],
    [1_646_496_980.123, '2022-03-05T16:16:20.123Z'],
    [1_646_496_980.9999, '2022-03-05T16:16:20.999Z'],
    [-1.5, '1969-12-31T23:59:58.500Z'],
    [253_402_300_799, '9999-12-31T23:59:59.000Z'],
  ],
  [
    [1_646_496_980_000, 'convert it with epochMillis'],
    [1e300, 'outside the years'],
    ['2022-03-05', 'not the text of a number'],
    [true, 'is not a number'],
  ],
)

table(
  'epochMillis',
  [
    [1_562_383_193_040, '2019-07-06T03:19:53.040Z'],
    ['1562383193040', '2019-07-06T03:19:53.040Z'],
    [1_562_383_193_040.9, '2019-07-06T03:19:53.040Z'],
    [-62_167_219_200_000, '0000-01-01T00:00:00.000Z'],
  ],
  [
    [1e18, 'outside the years 0000 to 9999'],
    [-1e18, 'outside the years 0000 to 9999'],
    ['', 'is empty text'],
    [{}, 'is not a number'],
  ],
)

// The zone of the machine must not matter: a time without one is UTC.
describe('the machine’s time zone', () => {
  it('is not used', () => {
    vi.stubEnv('TZ', 'America/New_York')
    try {
      expect(new Date(2024, 0, 1).getTimezoneOffset()).toBe(300)
      expect(convert('time', '2024-01-01 10:00:00')).toBe('2024-01-01T10:00:00.000Z')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
