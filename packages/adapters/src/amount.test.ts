import { expect, it } from 'vitest'
import { amount, amountFields, isoTime, isoTimeOfSeconds } from './amount.ts'

it('an amount is a number, and a text with all digits', () => {
  expect(amountFields('price', amount('0.10000000000000000000000001'))).toEqual({ price: 0.1, price_text: '0.10000000000000000000000001' })
  expect(amountFields('price', amount('1e-7'))).toEqual({ price: 1e-7, price_text: '0.0000001' })
  expect(amount(`${'9'.repeat(399)}`)).toBeUndefined()
  expect(amountFields('price', amount('N/A'))).toEqual({ price: null, price_text: null })
})

it('a time is one that a date can hold', () => {
  expect(isoTime(1_779_027_899_041)).toBe('2026-05-17T14:24:59.041Z')
  expect(isoTimeOfSeconds(1_708_363_256)).toBe('2024-02-19T17:20:56.000Z')
  for (const wrong of [undefined, null, '1708363256', 1e300, NaN, [1]]) {
    expect(isoTime(wrong as never)).toBeUndefined()
    expect(isoTimeOfSeconds(wrong as never)).toBeUndefined()
  }
})
