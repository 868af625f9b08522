import { WeaverError } from '@data-weaver/contracts'
import { mostOwnValues, type OwnValue, type Round } from './checkpoint.ts'
import type { Increment } from './incremental.ts'
import type { CursorValue } from './order.ts'
import type { Position } from './pagination/position.ts'
import type { Found, Partition } from './partitions/partition.ts'
import type { HttpConfig } from './schema.ts'

/** Whose the largest cursor value is: everybody's, each partition's, or that of windows, which are complete one after the other. */
export type CursorScope = 'stream' | 'own' | 'window'

export function scopeOf({ partitions, incremental }: HttpConfig): CursorScope {
  if (partitions?.type === 'window') return 'window'
  return partitions === undefined || incremental?.scope === 'stream' ? 'stream' : 'own'
}

/** What a partition is asked from, in the middle of its pages the same as at their beginning. */
export function sinceOf(scope: CursorScope, round: Round, { key }: Partition): CursorValue | undefined {
  return scope === 'own' && round.at === undefined ? round.own.get(key)?.value : round.since
}

/** What is known after a page. */
export interface Advance {
  readonly found: Found
  readonly since: CursorValue | undefined
  /** The largest value so far, of all that is not complete. */
  readonly largest: CursorValue | undefined
  /** The next page of the partition; undefined after its last one. */
  readonly next: Position | undefined
}

/**
 * The round after a page.
 * @throws WeaverError `invalid_config` when more partitions have a value of their own than a checkpoint has room for.
 */
export function advanced(scope: CursorScope, round: Round, increment: Increment | undefined, advance: Advance): Round {
  const { found, since, largest, next } = advance
  if (next !== undefined) {
    // In a list with the oldest first nothing older is to come, so the value moves at once.
    const moved = increment?.config.sorted === 'ascending' ? atOnce(scope, round, increment, advance) : {}
    // With its key: what comes first in a list may be another one later.
    return { ...round, ...moved, since, largest, at: next, place: found.place }
  }
  const done = partitionDone(scope, round, increment, advance)
  if (found.next !== undefined) return { ...done, at: undefined, place: found.next }
  return completed(scope, done, increment)
}

function atOnce(scope: CursorScope, round: Round, increment: Increment, { found, largest }: Advance): Partial<Round> {
  if (scope === 'own') return { own: withOwn(round, found.partition, largest, increment) }
  // Of several partitions, the others have not been asked for it.
  const alone = scope === 'stream' && found.place === undefined
  return alone ? { known: increment.larger(round.known, largest) } : {}
}

function partitionDone(scope: CursorScope, round: Round, increment: Increment | undefined, { found, since, largest }: Advance): Round {
  if (increment === undefined) return round
  switch (scope) {
    case 'stream':
      return { ...round, largest }
    case 'window':
      return { ...round, largest, known: increment.larger(round.known, found.partition.reached) }
    case 'own': {
      const own = withOwn(round, found.partition, increment.larger(since, largest), increment)
      return { ...round, own, since: undefined, largest: undefined }
    }
  }
}

/** A round that has no page left. */
export function completed(scope: CursorScope, round: Round, increment: Increment | undefined): Round {
  const known = increment === undefined || scope === 'own' ? round.known : increment.larger(round.known, round.largest)
  // A partition that was not there in a whole round is gone.
  const own = scope === 'own' ? new Map([...round.own].filter(([, { round: seen }]) => seen === round.number)) : round.own
  const number = scope === 'own' && increment !== undefined ? round.number + 1 : round.number
  return { ...round, known, since: known, largest: undefined, place: undefined, at: undefined, until: undefined, own, number }
}

function withOwn(round: Round, { key }: Partition, value: CursorValue | undefined, increment: Increment): ReadonlyMap<string, OwnValue> {
  const newest = increment.larger(round.own.get(key)?.value, value)
  if (newest === undefined) return round.own
  const own = new Map(round.own).set(key, { value: newest, round: round.number })
  if (own.size <= mostOwnValues) return own
  const hint = 'Set it to "stream": then all partitions have one value together.'
  throw new WeaverError('invalid_config', `More than ${mostOwnValues} partitions have a cursor value of their own`, {
    errors: [{ field: 'config.incremental.scope', problem: `is "partition", for more than ${mostOwnValues} partitions`, hint }],
  })
}
