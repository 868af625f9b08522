/** Digits that a number may have when it is written out. No price has more, and `1e999999999` must not become a text of a gigabyte. */
const mostDigits = 400

/**
 * A decimal number written out exactly: without exponent, without needless zeros. `-12.50e-3` is `-0.0125`.
 * @returns undefined for what is no decimal number, or would have more than 400 digits.
 */
export function plainDecimal(text: string): string | undefined {
  const parts = /^([+-]?)(\d{1,400})(?:\.(\d{1,400}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text)
  if (parts === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (Math.max(point, digits.length - point, digits.length) > mostDigits) return undefined
  const before = (point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')).replace(/^0+(?=\d)/, '')
  const after = (point < 0 ? '0'.repeat(-point) + digits : digits.slice(point)).replace(/0+$/, '')
  const plain = after === '' ? before : `${before}.${after}`
  return sign === '-' && plain !== '0' ? `-${plain}` : plain
}
