import type { conversions, Json } from '@data-weaver/contracts'
import { formatTime, parseTime, timeRangeProblem } from './time.ts'

/** Ends a conversion; the problem follows “which” in a sentence. */
export type Fail = (problem: string) => never

type Present = Exclude<Json, null>
type Convert = (value: Present, fail: Fail) => Json

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const whole = /^[+-]?\d+(?:\.0+)?$/

/**
 * The conversions by name. Each takes a value that is neither missing nor null and either answers a value of its kind or fails:
 * nothing is guessed. Text may have white space around it.
 */
export const converters: Record<(typeof conversions)[number], Convert> = {
  string(value, fail) {
    if (typeof value === 'string') return value
    if (typeof value === 'boolean') return String(value)
    if (typeof value !== 'number') return fail('has no text form; convert it to json, or pick a value inside it')
    if (!Number.isFinite(value)) return fail('is not a finite number')
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return fail('is a whole number beyond 2^53 whose last digits are lost')
    return String(value)
  },

  number: toNumber,

  integer(value, fail) {
    if (typeof value === 'string' && !whole.test(value.trim())) return fail('is not the text of a whole number')
    const number = toNumber(value, fail)
    if (Number.isSafeInteger(number)) return number
    return fail(
      Number.isInteger(number) ? 'is beyond 2^53, where whole numbers are no longer exact; convert it to string' : 'has a fraction',
    )
  },

  boolean(value, fail) {
    if (typeof value === 'boolean') return value
    const text = typeof value === 'string' ? value.trim().toLowerCase() : value
    if (text === 1 || text === '1' || text === 'true') return true
    if (text === 0 || text === '0' || text === 'false') return false
    return fail('is none of true, false, 1 and 0')
  },

  json: (value) => JSON.stringify(value),

  time(value, fail) {
    if (typeof value === 'number') return fail('is a number, not a time; convert it with epochSeconds or epochMillis')
    if (typeof value !== 'string') return fail('is not the text of a time')
    const millis = parseTime(value.trim())
    return millis === undefined ? fail('is neither an ISO 8601 nor an RFC 2822 time') : inRange(millis, fail)
  },

  epochSeconds(value, fail) {
    const seconds = toNumber(value, fail)
    if (timeRangeProblem(seconds) === undefined && timeRangeProblem(seconds * 1000) !== undefined) {
      return fail('is too large for seconds; if it is milliseconds, convert it with epochMillis')
    }
    // To microseconds first: a fraction of a second in binary is a hair below or above what was written.
    return inRange(Math.round(seconds * 1e6) / 1e3, fail)
  },

  epochMillis: (value, fail) => inRange(toNumber(value, fail), fail),
}

function toNumber(value: Present, fail: Fail): number {
  if (typeof value === 'string') {
    const text = value.trim()
    if (!decimal.test(text))
      return fail(text === '' ? 'is empty text, not a number' : 'is not the text of a number (digits, a dot, an exponent)')
    return toNumber(Number(text), fail)
  }
  if (typeof value !== 'number') return fail('is not a number')
  if (!Number.isFinite(value)) return fail('is not a finite number')
  // Negative zero is zero: JSON does not tell them apart, and neither should a comparison of documents.
  return value === 0 ? 0 : value
}

const inRange = (millis: number, fail: Fail): string => {
  const problem = timeRangeProblem(millis)
  return problem === undefined ? formatTime(millis) : fail(problem)
}
