import { timeOfValue, valueOfTime, writtenTime } from '../incremental.ts'
import { type CursorValue, millisOf } from '../order.ts'
import type { Incremental, TimeFormat } from '../schema/incremental.ts'
import type { WindowPartitions } from '../schema/partitions.ts'
import type { Found, Partitions } from './partition.ts'

const day = 86_400_000

/** The smallest step of each format, in milliseconds. */
const units: Readonly<Record<TimeFormat, number>> = { iso: 1, date: day, epochSeconds: 1000, epochMillis: 1 }

export interface WindowRound {
  /** When the round began, in milliseconds since the Unix epoch. */
  readonly until: number
  /** The cursor value to ask from, where there is one. */
  readonly from: CursorValue | undefined
  readonly incremental: Incremental | undefined
}

/** Stretches of time on a grid that begins at `start`, so that a window is the same one in each round. */
export function windows(config: WindowPartitions, { until, from, incremental }: WindowRound): Partitions {
  const { step, format = 'iso', inclusive = false } = config
  const start = millisOf(config.start) ?? 0
  const end = config.end === undefined ? until : (millisOf(config.end) ?? until)
  const known = from === undefined || incremental === undefined ? undefined : timeOfValue(from, incremental)
  const first = known === undefined || known <= start ? start : start + Math.floor((known - start) / step) * step
  return {
    find(place): Found | undefined | 'lost' {
      const at = place?.key === undefined ? first : Number(place.key)
      if (!Number.isSafeInteger(at) || (at - start) % step !== 0) return 'lost'
      if (at >= end) return undefined
      // A source that knows days only gets whole ones, the last one too.
      const last = format === 'date' ? Math.ceil(end / day) * day : end
      const to = Math.min(at + step, last)
      const next = at + step < end ? { key: String(at + step) } : undefined
      const values = { from: writtenTime(at, format), to: writtenTime(inclusive ? to - units[format] : to, format) }
      const reached = incremental === undefined ? {} : { reached: valueOfTime(at, incremental) }
      return { partition: { key: String(at), values, ...reached }, place: { key: String(at) }, next }
    },
  }
}
