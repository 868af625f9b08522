import { type Json, WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../src/path.ts'
import { type CursorValue, cursorValue, isAfter, larger, millisOf } from './order.ts'
import type { Incremental, TimeFormat } from './schema/incremental.ts'

export interface Largest {
  readonly value: CursorValue | undefined
  /** A value that lies too far ahead to be heeded. */
  readonly tooFar: CursorValue | undefined
}

/** How far ahead of now a value may lie, milliseconds: clocks differ, and some sources write local times as if they were UTC. */
const usualAheadMs = 86_400_000

/** The cursor field of a configuration, compiled. */
export interface Increment {
  readonly config: Incremental
  /**
   * The largest of `before` and the values of these records that do not lie too far ahead of `now`, milliseconds since the Unix epoch.
   * @throws WeaverError `source_malformed` when no record has a value.
   */
  largest(records: readonly Json[], before: CursorValue | undefined, now: number): Largest
  larger(a: CursorValue | undefined, b: CursorValue | undefined): CursorValue | undefined
  /** Where to ask from: the largest value so far less the lookback, or the start. */
  from(since: CursorValue | undefined): CursorValue | undefined
  /** Whether the last of these records is already known: nothing behind it is new in a list with the newest first. */
  reaches(records: readonly Json[], since: CursorValue | undefined): boolean
}

export function increment(config: Incremental): Increment {
  const { path, order, lookback = 0, ahead = usualAheadMs } = config
  const segments = parsePath(path)
  const valueOf = (record: Json) => cursorValue(lookup(record, segments), order)
  const from = (since: CursorValue | undefined) => (since === undefined ? config.start : earlier(since, config, lookback))
  return {
    config,
    larger: (a, b) => larger(a, b, order),
    from,
    largest(records, before, now) {
      let found = before
      let tooFar: CursorValue | undefined
      let any = records.length === 0
      for (const record of records) {
        const value = valueOf(record)
        if (value === undefined) continue
        any = true
        if ((timeOfValue(value, config) ?? now) > now + ahead) tooFar = value
        else found = larger(found, value, order)
      }
      if (any) return { value: found, tooFar }
      // Passed over, it would fetch everything again with each run, and nobody would know why.
      throw new WeaverError('source_malformed', `No record has a value at \`incremental.path\` (${path}) with the order \`${order}\`.`)
    },
    reaches(records, since) {
      if (config.sorted !== 'descending' || since === undefined) return false
      const last = records.map(valueOf).findLast((value) => value !== undefined)
      const known = from(since)
      return last !== undefined && known !== undefined && !isAfter(last, known, order)
    },
  }
}

function earlier(since: CursorValue, { order }: Incremental, lookback: number): CursorValue {
  if (lookback === 0 || order === 'text') return since
  if (order === 'time') return writtenLike(String(since), (millisOf(String(since)) ?? 0) - lookback)
  const less = order === 'epochSeconds' ? lookback / 1000 : lookback
  // Integers that no number can hold keep all their digits.
  const large = typeof since === 'string' && /^-?\d{16,}$/.test(since) && Number.isInteger(less)
  return large ? String(BigInt(since) - BigInt(less)) : Number(since) - less
}

/** A time in the precision in which the source wrote another. */
function writtenLike(example: string, ms: number): string {
  const iso = isoOf(ms)
  if (/^\d{4}-\d\d-\d\d$/.test(example)) return iso.slice(0, 10)
  return /[.,]\d/.test(example) ? iso : iso.replace(/\.\d{3}Z$/, 'Z')
}

const latestMs = 253_402_300_799_999

const isoOf = (ms: number): string => new Date(Math.min(Math.max(ms, -62_167_219_200_000), latestMs)).toISOString()

/** A time in milliseconds since the Unix epoch, as a source wants it. */
export function writtenTime(ms: number, format: TimeFormat): string | number {
  switch (format) {
    case 'iso':
      return isoOf(ms)
    case 'date':
      return isoOf(ms).slice(0, 10)
    case 'epochSeconds':
      return Math.floor(ms / 1000)
    case 'epochMillis':
      return ms
  }
}

/** The time that a cursor value stands for, in milliseconds since the Unix epoch; undefined in an order that is none of time. */
export function timeOfValue(value: CursorValue, { order }: Incremental): number | undefined {
  if (order === 'time') return millisOf(String(value))
  if (order === 'epochSeconds') return Number(value) * 1000
  return order === 'epochMillis' ? Number(value) : undefined
}

/** The cursor value that stands for a time. */
export function valueOfTime(ms: number, { order }: Incremental): CursorValue {
  if (order === 'epochSeconds') return ms / 1000
  return order === 'epochMillis' ? ms : isoOf(ms)
}

/** A cursor value as it is sent. */
export function sentValue(value: CursorValue, config: Incremental): CursorValue {
  const ms = config.format === undefined ? undefined : timeOfValue(value, config)
  return ms === undefined || config.format === undefined ? value : writtenTime(ms, config.format)
}
