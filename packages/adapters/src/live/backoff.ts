import { randomInt } from 'node:crypto'

/** How connections are made again. */
export interface ReconnectLimits {
  /** The first wait and the shortest longest one, milliseconds. */
  readonly minMs: number
  /** The longest wait, milliseconds. */
  readonly maxMs: number
  /** Failures in a row after which the run fails. */
  readonly maxFailures: number
}

/** Even a wait drawn by lot is not shorter, milliseconds. */
export const shortestWaitMs = 50

/** A whole number from 0 to `below` - 1. */
export type Draw = (below: number) => number

/**
 * How long to wait after this many failures in a row: drawn by lot up to a limit that doubles, so that all who lost the same source do not
 * come back at once. After none, up to `minMs`.
 * @param askedMs what the source asked for; it is waited for whatever the limits say
 */
export function backoffMs(failures: number, { minMs, maxMs }: ReconnectLimits, askedMs = 0, draw: Draw = randomInt): number {
  const limit = Math.min(maxMs, minMs * 2 ** Math.min(Math.max(failures - 1, 0), 30))
  return Math.max(askedMs, shortestWaitMs, draw(Math.floor(limit) + 1))
}
