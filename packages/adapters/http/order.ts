import type { Json } from '@data-weaver/contracts'
import type { Order } from './schema/incremental.ts'

export type CursorValue = string | number

/** Longest text that is taken for a value: a checkpoint keeps it, and is sent with each request. */
const longestValue = 8192

/** The value as one that can be compared in this order, or undefined when it is none. */
export function cursorValue(value: Json | undefined, order: Order): CursorValue | undefined {
  switch (order) {
    case 'number':
    case 'epochSeconds':
    case 'epochMillis':
      return isNumeric(value) ? value : undefined
    case 'text':
      return typeof value === 'string' && value !== '' && value.length <= longestValue ? value : undefined
    case 'time':
      return typeof value === 'string' && timeOf(value) !== undefined ? value : undefined
  }
}

/** The larger of two values. Of equal ones it is the first, so that a run without news does not change the checkpoint. */
export function larger(a: CursorValue | undefined, b: CursorValue | undefined, order: Order): CursorValue | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isAfter(b, a, order) ? b : a
}

export function isAfter(a: CursorValue, b: CursorValue, order: Order): boolean {
  switch (order) {
    case 'number':
    case 'epochSeconds':
    case 'epochMillis':
      return isMore(a, b)
    case 'text':
      return String(a) > String(b)
    case 'time':
      return compareTimes(String(a), String(b)) > 0
  }
}

/** Integers that are too large for a number come as digits, and are compared with all of them. */
function isMore(a: CursorValue, b: CursorValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a > b
  const integers = [a, b].map((value) => (/^-?\d+$/.test(String(value)) ? BigInt(value) : undefined))
  const [x, y] = integers
  return x !== undefined && y !== undefined ? x > y : Number(a) > Number(b)
}

const isNumeric = (value: Json | undefined): value is CursorValue =>
  (typeof value === 'number' && Number.isFinite(value)) || (typeof value === 'string' && /^-?\d{1,100}(?:\.\d{1,100})?$/.test(value))

const timePattern = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,100}))?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

interface Time {
  /** Milliseconds since the Unix epoch of the full second. */
  readonly second: number
  /** Digits after the second's point, without trailing zeros: sources count micro- and nanoseconds, dates here do not. */
  readonly fraction: string
}

/** Without an offset a time is UTC, wherever the worker runs. */
function timeOf(text: string): Time | undefined {
  const match = timePattern.exec(text)
  if (match === null) return undefined
  const [, date, time = '00:00', fraction = '', offset = 'Z'] = match
  const zone = /^z$/i.test(offset) ? 'Z' : offset.length === 3 ? `${offset}:00` : offset.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2')
  const second = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(second) ? undefined : { second, fraction: fraction.replace(/0+$/, '') }
}

function compareTimes(a: string, b: string): number {
  const [x, y] = [timeOf(a), timeOf(b)]
  if (x === undefined || y === undefined) return 0
  if (x.second !== y.second) return x.second - y.second
  return x.fraction < y.fraction ? -1 : x.fraction > y.fraction ? 1 : 0
}

/** An ISO 8601 time in milliseconds since the Unix epoch, what is smaller cut off; undefined when it is none. */
export function millisOf(text: string): number | undefined {
  const time = timeOf(text)
  return time === undefined ? undefined : time.second + Number(time.fraction.slice(0, 3).padEnd(3, '0'))
}
