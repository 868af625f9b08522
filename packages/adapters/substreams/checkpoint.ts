import { type Json, type JsonObject, parse, WeaverError } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { fingerprintOf } from '../src/fingerprint.ts'
import type { Position } from './block.ts'
import { ForkMemory, Remembered } from './fork-memory.ts'
import { limitsOf, type SubstreamsConfig } from './schema.ts'

const strict = { additionalProperties: false } as const

const any = {
  version: Type.Literal(1),
  /** Names what was asked for: a cursor of something else means nothing. */
  of: Type.String(),
  /** SHA-256 of the package. */
  package: Type.String(),
}

/** Before the first page: the block that a negative start block was found to mean. */
const Beginning = Type.Object({ ...any, startBlock: Type.Integer({ minimum: 1 }) }, strict)

const Place = Type.Object(
  {
    ...any,
    cursor: Type.String({ minLength: 1 }),
    block: Type.Object({ number: Type.Integer({ minimum: 0 }), id: Type.String() }, strict),
    final: Type.Integer({ minimum: -1 }),
    memory: Type.Optional(Remembered),
    /** The stop block that was reached. */
    reached: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  strict,
)

const Checkpoint = Type.Union([Beginning, Place])

/** Where a run goes on. */
export interface Resumed {
  /** Undefined: at the start block. */
  readonly position: Position | undefined
  /** The start block, where an earlier run has found out which it is. */
  readonly startBlock: number | undefined
  readonly memory: ForkMemory
  readonly final: number
  /** SHA-256 of the package that the cursor comes from. */
  readonly package: string | undefined
  /** Nothing is left to do. */
  readonly complete: boolean
}

/** What of the configuration a cursor belongs to. Where a range ends, and how the output is read, may change on the way. */
const askedFor = ({ package: source, module, params, network, startBlock }: SubstreamsConfig): string =>
  fingerprintOf({ package: source, module, params, network, startBlock })

/** @throws WeaverError `invalid_config` naming `cursor` when the checkpoint cannot be read. */
export function readCheckpoint(config: SubstreamsConfig, cursor: Json | null): Resumed {
  const memory = new ForkMemory(limitsOf(config).undo)
  const fresh: Resumed = { position: undefined, startBlock: undefined, memory, final: -1, package: undefined, complete: false }
  if (cursor === null) return fresh
  const known = parseCheckpoint(cursor)
  if (known.of !== askedFor(config)) return fresh
  if ('startBlock' in known) return { ...fresh, startBlock: known.startBlock, package: known.package }
  return goneTo(config, known)
}

function goneTo(config: SubstreamsConfig, known: Static<typeof Place>): Resumed {
  const { cursor: text, block, final, memory, reached } = known
  const limits = limitsOf(config).undo
  // Without a memory only final blocks were stored, which nobody takes back.
  const remembered = unpacked(() => ForkMemory.from(limits, memory ?? { floor: block.number, blocks: [] }))
  remembered.settle(final)
  return {
    position: { cursor: text, block },
    startBlock: undefined,
    memory: remembered,
    final,
    package: known.package,
    complete: reached !== undefined && reached === config.stopBlock,
  }
}

function parseCheckpoint(cursor: Json): Static<typeof Checkpoint> {
  try {
    return parse(Checkpoint, cursor, 'invalid_config', 'cursor')
  } catch (error) {
    if (error instanceof WeaverError) throw unreadable(error.message)
    throw error
  }
}

function unpacked<T>(unpack: () => T): T {
  try {
    return unpack()
  } catch {
    throw unreadable('the blocks that it remembers cannot be unpacked')
  }
}

function unreadable(problem: string): WeaverError {
  const message = `The checkpoint of the stream cannot be read: ${problem}. Reset it to fetch from the start block.`
  return new WeaverError('invalid_config', message, { errors: [{ field: 'cursor', problem: 'cannot be read', hint: problem }] })
}

export interface Standing {
  readonly position: Position
  readonly final: number
  readonly package: string
  readonly memory: ForkMemory
  /** Whether the stop block was reached. */
  readonly complete: boolean
}

export function checkpointOf(config: SubstreamsConfig, { position, final, package: sha256, memory, complete }: Standing): JsonObject {
  return {
    version: 1,
    of: askedFor(config),
    package: sha256,
    cursor: position.cursor,
    block: { ...position.block },
    final,
    ...(config.finalBlocksOnly === true ? {} : { memory: memory.toJson() }),
    ...(complete && config.stopBlock !== undefined ? { reached: config.stopBlock } : {}),
  }
}

/** The checkpoint of a run that knows where it begins, and has nothing yet. */
export const beginningOf = (config: SubstreamsConfig, startBlock: number, sha256: string): JsonObject => ({
  version: 1,
  of: askedFor(config),
  package: sha256,
  startBlock,
})
