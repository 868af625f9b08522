import { type AdapterContext, type HttpResponse, type Json, type JsonObject, type Page, parse, WeaverError } from '@data-weaver/contracts'
import Type from 'typebox'
import { fingerprintOf } from './fingerprint.ts'

const strict = { additionalProperties: false } as const

/** Between rounds only the version; in the middle of one where it goes on, and what list of pages that belongs to. */
const Checkpoint = Type.Object(
  {
    version: Type.Literal(1),
    round: Type.Optional(Type.Object({ of: Type.String(), at: Type.Integer({ minimum: 0 }) }, strict)),
  },
  strict,
)

/** A walk over pages with numbers: page numbers, offsets, parts of a long list of ids. */
export interface NumberedPages {
  /** All that makes the list what it is: a position in another one means nothing. */
  readonly list: unknown
  readonly first: number
  /** Asks for a page. `next` is undefined after the last one. */
  ask(at: number): Promise<{ readonly response: HttpResponse; readonly next: number | undefined }>
}

/**
 * Yields the pages of a round, from its first page or from where the last run was interrupted. A run always begins a new round where the last
 * one is complete; pages that are the whole round need no checkpoint.
 * @throws WeaverError `invalid_config` naming `cursor` when the checkpoint cannot be read, `source_loop` when a page that is not the last is the one
 *   before it again, byte for byte.
 */
export async function* numberedPages(
  { cursor: known, signal, log }: Pick<AdapterContext, 'cursor' | 'signal' | 'log'>,
  { list, first, ask }: NumberedPages,
): AsyncGenerator<Page> {
  const of = fingerprintOf(list)
  const resumed = resumeAt(known, of)
  let at = resumed ?? first
  let before: Uint8Array | undefined
  for (;;) {
    signal.throwIfAborted()
    let answer: Awaited<ReturnType<NumberedPages['ask']>>
    try {
      answer = await ask(at)
    } catch (error) {
      // A list may have grown shorter since. To begin again repeats what was there; to insist would end the stream for good.
      const gone = error instanceof WeaverError && ['source_not_found', 'source_rejected'].includes(error.code)
      if (!gone || at === first || at !== resumed) throw error
      log.warn({ code: error.code }, 'the source does not know the position of the checkpoint any more; the round begins again')
      at = first
      continue
    }
    const { response, next } = answer
    if (next !== undefined && before !== undefined && Buffer.compare(before, response.body) === 0)
      throw new WeaverError('source_loop', `The source gives the same page at ${at} as before it.`)
    before = response.body
    const cursor = next !== undefined || at !== first || known !== null ? checkpointOf(of, next) : undefined
    const last = next === undefined ? ({ last: true } as const) : {}
    yield { body: response.body, ...response.facts, ...(cursor === undefined ? {} : { cursor }), ...last }
    if (next === undefined) return
    at = next
  }
}

const checkpointOf = (of: string, at: number | undefined): JsonObject => ({
  version: 1,
  ...(at === undefined ? {} : { round: { of, at } }),
})

function resumeAt(cursor: Json | null, of: string): number | undefined {
  if (cursor === null) return undefined
  try {
    const { round } = parse(Checkpoint, cursor, 'invalid_config', 'cursor')
    return round?.of === of ? round.at : undefined
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    const message = `The checkpoint of the stream cannot be read: ${error.message}. Reset it to fetch from the beginning.`
    throw new WeaverError('invalid_config', message, { errors: [{ field: 'cursor', problem: 'cannot be read', hint: error.message }] })
  }
}
