import { type Json, type JsonObject, parse, WeaverError } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { fingerprintOf } from '../src/fingerprint.ts'
import { Validators } from './conditional.ts'
import { cursorValue, type CursorValue } from './order.ts'
import { Position } from './pagination/position.ts'
import type { Place } from './partitions/partition.ts'
import type { HttpConfig } from './schema.ts'
import { strict } from './schema/field.ts'

const Value = Type.Union([Type.String({ maxLength: 8192 }), Type.Number()])

/** Partitions whose largest value is kept, each with its own. The checkpoint is written with each page. */
export const mostOwnValues = 1000

const Checkpoint = Type.Object(
  {
    version: Type.Literal(1),
    /** The largest cursor value of all complete rounds. `path` says which field it was, so that it is not taken for another's. */
    incremental: Type.Optional(Type.Object({ path: Type.String(), value: Value }, strict)),
    /** The same for each partition on its own: its value, and the last round that it was seen in. */
    partitions: Type.Optional(
      Type.Object(
        {
          path: Type.String(),
          round: Type.Integer({ minimum: 0 }),
          values: Type.Record(Type.String(), Type.Object({ value: Value, round: Type.Integer({ minimum: 0 }) }, strict)),
        },
        strict,
      ),
    ),
    /** A round that is not complete: where it goes on, what it has seen, and what requests it belongs to. */
    round: Type.Optional(
      Type.Object(
        {
          of: Type.String(),
          at: Type.Optional(Position),
          partition: Type.Optional(Type.Object({ parent: Type.Optional(Position), key: Type.Optional(Type.String()) }, strict)),
          /** What the round asks for, where the value above has gone on. */
          since: Type.Optional(Type.Union([Value, Type.Null()])),
          largest: Type.Optional(Value),
          /** When it began, in milliseconds since the Unix epoch. */
          until: Type.Optional(Type.Number()),
        },
        strict,
      ),
    ),
    /** What tells whether an answer has changed. */
    validators: Type.Optional(Validators),
  },
  strict,
)

export interface OwnValue {
  readonly value: CursorValue
  readonly round: number
}

/**
 * A round is one walk over all pages of all partitions, in one run or in several. What it asks for stays the same until it is complete:
 * were the largest value seen taken for it earlier, the pages not yet fetched of a source that lists new records first would be lost.
 */
export interface Round {
  /** The largest value of all that is complete. */
  readonly known: CursorValue | undefined
  /** What this round asks for. */
  readonly since: CursorValue | undefined
  /** The largest value seen, not yet complete. */
  readonly largest: CursorValue | undefined
  /** The partition to go on with; undefined: the first. */
  readonly place: Place | undefined
  /** Where to go on in it; undefined: at its first page. */
  readonly at: Position | undefined
  /** When the round began, in milliseconds since the Unix epoch; undefined where that does not matter. */
  readonly until: number | undefined
  /** The largest values of partitions that have one each. */
  readonly own: ReadonlyMap<string, OwnValue>
  readonly number: number
  readonly validators: Validators
}

const empty: Round = {
  known: undefined,
  since: undefined,
  largest: undefined,
  place: undefined,
  at: undefined,
  until: undefined,
  own: new Map(),
  number: 0,
  validators: {},
}

/** Whether a round goes on in the middle. */
export const isUnderWay = ({ at, place }: Round): boolean => at !== undefined || place !== undefined

/** The round after this one, or this one from its beginning. */
export const begunAgain = (round: Round): Round => ({
  ...round,
  since: round.known,
  largest: undefined,
  place: undefined,
  at: undefined,
  until: undefined,
})

/** @throws WeaverError `invalid_config` naming `cursor` when the checkpoint cannot be read. */
export function readRound(config: HttpConfig, cursor: Json | null): Round {
  if (cursor === null) return empty
  const { incremental, partitions, round, validators = {} } = readCheckpoint(cursor)
  // A value of another field, and a position in another list, mean nothing here. To forget them costs time, to use them data.
  const path = config.incremental?.path
  const known = incremental !== undefined && incremental.path === path ? incremental.value : undefined
  const own = partitions !== undefined && partitions.path === path ? partitions : { values: {}, round: 0 }
  const begun: Round = {
    ...begunAgain({ ...empty, known }),
    own: new Map(Object.entries(own.values)),
    number: own.round,
    validators,
  }
  const goesOn = round !== undefined && round.of === fingerprint(config)
  if (!goesOn) {
    refuseUncomparable(config, [known, ...ownValues(begun)])
    return begun
  }
  const { largest, partition: place, at, until } = round
  const since = round.since === undefined ? known : (round.since ?? undefined)
  refuseUncomparable(config, [known, since, largest, ...ownValues(begun)])
  return { ...begun, since, largest, place, at, until }
}

const ownValues = ({ own }: Round): CursorValue[] => [...own.values()].map(({ value }) => value)

function refuseUncomparable({ incremental }: HttpConfig, values: readonly (CursorValue | undefined)[]): void {
  if (incremental === undefined) return
  const bad = values.find((value) => value !== undefined && cursorValue(value, incremental.order) === undefined)
  if (bad !== undefined)
    throw unreadable(`its value ${JSON.stringify(bad).slice(0, 80)} has no place in the order \`${incremental.order}\``)
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

/** The checkpoint in the middle of a round, or after it. */
export function checkpointOf(config: HttpConfig, round: Round): JsonObject {
  const { incremental } = config
  const { known, own, number, validators } = round
  return {
    version: 1,
    ...(incremental === undefined || known === undefined ? {} : { incremental: { path: incremental.path, value: known } }),
    ...(incremental === undefined || own.size === 0
      ? {}
      : { partitions: { path: incremental.path, round: number, values: Object.fromEntries(own) as unknown as JsonObject } }),
    ...(isUnderWay(round) ? { round: roundOf(config, round) } : {}),
    ...(Object.keys(validators).length === 0 ? {} : { validators }),
  }
}

/** The checkpoint of a round that asks for what is there since a value, until a time in milliseconds since the Unix epoch. */
export const backfillCheckpoint = (config: HttpConfig, since: CursorValue, until: number): JsonObject => ({
  version: 1,
  ...(config.incremental === undefined ? {} : { incremental: { path: config.incremental.path, value: since } }),
  round: { of: fingerprint(config), until },
})

function roundOf(config: HttpConfig, { at, place, since, known, largest, until }: Round): JsonObject {
  return {
    of: fingerprint(config),
    ...(at === undefined ? {} : { at }),
    ...(place === undefined ? {} : { partition: place as unknown as JsonObject }),
    // Nothing to ask from is something else than what is known by now.
    ...(since === known ? {} : { since: since ?? null }),
    ...(largest === undefined ? {} : { largest }),
    ...(until === undefined ? {} : { until }),
  }
}

const fingerprints = new WeakMap<HttpConfig, string>()

/** Names the list of pages: a position belongs to the requests that lead there. Limits are no part of it. */
function fingerprint(config: HttpConfig): string {
  let known = fingerprints.get(config)
  if (known === undefined) {
    const { maxBytes: _, timeout: __, conditional: ___, ...request } = { method: 'GET', ...config.request }
    const { maxPages: ____, ...pagination } = { maxPages: undefined, ...config.pagination }
    const { incremental, records, partitions, values } = config
    known = fingerprintOf({ request, pagination, incremental, records, partitions, values })
    fingerprints.set(config, known)
  }
  return known
}
