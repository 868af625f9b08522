import { type Json, type JsonObject, parse, WeaverError } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { fingerprintOf } from '../src/fingerprint.ts'
import { cursorValue, type CursorValue, larger } from './order.ts'
import type { HttpConfig } from './schema.ts'

const strict = { additionalProperties: false } as const
const Value = Type.Union([Type.String({ maxLength: 8192 }), Type.Number()])

const Position = Type.Union([
  Type.Object({ type: Type.Literal('page'), page: Type.Integer({ minimum: 0 }) }, strict),
  Type.Object({ type: Type.Literal('next'), url: Type.String() }, strict),
])
/** Where a page is asked for, where it is not the first one. */
export type Position = Static<typeof Position>

const Checkpoint = Type.Object(
  {
    version: Type.Literal(1),
    /** The largest cursor value of all complete rounds. `path` says which field it was, so that it is not taken for another's. */
    incremental: Type.Optional(Type.Object({ path: Type.String(), value: Value }, strict)),
    /** A round that is not complete: where it goes on, what it has seen, and what requests it belongs to. */
    round: Type.Optional(Type.Object({ of: Type.String(), at: Position, largest: Type.Optional(Value) }, strict)),
  },
  strict,
)

/**
 * A round is one walk over all pages, in one run or in several. `since` is what it asks for and stays the same until it is complete:
 * were the largest value seen taken for it earlier, the pages not yet fetched of a source that lists new records first would be lost.
 */
export interface Round {
  readonly since: CursorValue | undefined
  readonly largest: CursorValue | undefined
  /** Where to go on; undefined: at the first page. */
  readonly at: Position | undefined
}

/** @throws WeaverError `invalid_config` naming `cursor` when the checkpoint cannot be read. */
export function readRound(config: HttpConfig, cursor: Json | null): Round {
  if (cursor === null) return { since: undefined, largest: undefined, at: undefined }
  const checkpoint = readCheckpoint(cursor)
  const known = checkpoint.incremental
  // A value of another field, and a position in another list, mean nothing here. To forget them costs time, to use them data.
  const since = known !== undefined && known.path === config.incremental?.path ? known.value : undefined
  const { round } = checkpoint
  const goesOn = round !== undefined && round.of === fingerprint(config)
  for (const value of [since, goesOn ? round.largest : undefined]) {
    if (value !== undefined && config.incremental !== undefined && cursorValue(value, config.incremental.order) === undefined) {
      throw unreadable(`its value ${JSON.stringify(value).slice(0, 80)} has no place in the order \`${config.incremental.order}\``)
    }
  }
  return goesOn ? { since, largest: round.largest, at: round.at } : { since, largest: undefined, at: undefined }
}

function readCheckpoint(cursor: Json): Static<typeof Checkpoint> {
  try {
    return parse(Checkpoint, cursor, 'invalid_config', 'cursor')
  } catch (error) {
    if (error instanceof WeaverError) throw unreadable(error.message)
    throw error
  }
}

function unreadable(problem: string): WeaverError {
  const message = `The checkpoint of the stream cannot be read: ${problem}. Reset it to fetch from the beginning.`
  return new WeaverError('invalid_config', message, { errors: [{ field: 'cursor', problem: 'cannot be read', hint: problem }] })
}

/** The checkpoint in the middle of a round, or after it when `at` is undefined. */
export function checkpointOf(config: HttpConfig, round: Round): JsonObject {
  const { incremental } = config
  const value = round.at === undefined && incremental ? larger(round.since, round.largest, incremental.order) : round.since
  const largest = round.largest === undefined ? {} : { largest: round.largest }
  return {
    version: 1,
    ...(incremental === undefined || value === undefined ? {} : { incremental: { path: incremental.path, value } }),
    ...(round.at === undefined ? {} : { round: { of: fingerprint(config), at: round.at, ...largest } }),
  }
}

const fingerprints = new WeakMap<HttpConfig, string>()

/** Names the list of pages: a position belongs to the requests that lead there. Limits are no part of it. */
function fingerprint(config: HttpConfig): string {
  let known = fingerprints.get(config)
  if (known === undefined) {
    const { maxBytes: _, timeout: __, ...request } = { method: 'GET', ...config.request }
    const { maxPages: ___, ...pagination } = { maxPages: undefined, ...config.pagination }
    known = fingerprintOf({ request, pagination, incremental: config.incremental, records: config.records })
    fingerprints.set(config, known)
  }
  return known
}
