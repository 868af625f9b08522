import { describe, expect, it } from 'vitest'
import { plainDecimal } from './decimal.ts'

describe('a decimal number, written out', () => {
  it.each([
    ['76975', '76975'],
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['007', '7'],
    ['1.50', '1.5'],
    ['59210.39291248964', '59210.39291248964'],
    ['0.00000000000000000000012345678901234567890', '0.0000000000000000000001234567890123456789'],
    ['1.2e-7', '0.00000012'],
    ['12e-2', '0.12'],
    ['120e-1', '12'],
    ['1.25E+3', '1250'],
    ['-12.50e-3', '-0.0125'],
    ['5190075917635e-8', '51900.75917635'],
    ['-5e-8', '-0.00000005'],
    ['5e2', '500'],
    ['100e-2', '1'],
    ['0e-8', '0'],
  ])('%s is %s', (text, plain) => {
    expect(plainDecimal(text)).toBe(plain)
    expect(Number(plain)).toBeCloseTo(Number(text), 12)
  })

  it.each(['', ' ', '1.', '.5', 'abc', '0x10', '1e', '1,5', 'NaN', 'Infinity', '1e999999999', '1e400', '1e-401', '1'.repeat(401), '1 2'])(
    '%s is none',
    (text) => {
      expect(plainDecimal(text)).toBeUndefined()
    },
  )
})
