import { type Json, type JsonObject, parse, WeaverError } from '@data-weaver/contracts'
import Type from 'typebox'

const Checkpoint = Type.Object(
  {
    version: Type.Literal(1),
    /** What source it belongs to: a position in one means nothing in another. */
    of: Type.String(),
    /** Until when all that was heard is stored, ISO 8601. */
    at: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T' }),
    /** Where the source goes on, when it can. */
    position: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
)

/** Where a live source goes on. */
export interface LiveCheckpoint {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly position: Json | undefined
}

/**
 * @param of names the source, for example by the fingerprint of what is asked; the checkpoint of another is forgotten
 * @throws WeaverError `invalid_config` naming `cursor` when the checkpoint cannot be read.
 */
export function readLiveCheckpoint(cursor: Json | null, of: string): LiveCheckpoint | undefined {
  if (cursor === null) return undefined
  try {
    const found = parse(Checkpoint, cursor, 'invalid_config', 'cursor')
    const at = Date.parse(found.at)
    if (Number.isNaN(at)) throw new WeaverError('invalid_config', 'its time is none')
    return found.of === of ? { at, position: found.position as Json | undefined } : undefined
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    const message = `The checkpoint of the stream cannot be read: ${error.message}. Reset it to begin anew.`
    throw new WeaverError('invalid_config', message, { errors: [{ field: 'cursor', problem: 'cannot be read', hint: error.message }] })
  }
}

export function liveCheckpoint(of: string, { at, position }: LiveCheckpoint): JsonObject {
  return { version: 1, of, at: new Date(at).toISOString(), ...(position === undefined ? {} : { position }) }
}
