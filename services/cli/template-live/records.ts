import { lookup, parseJson, readSegment, type StoredMessage } from '@data-weaver/adapters/kit'
import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'

/** Pure: it gets a segment that may have been stored years ago, and nothing else. What is wrong with one message is a problem of its own. */
export function* records(page: StoredPage): Generator<Rec | RecordProblem> {
  for (const message of readSegment(page.body)) yield 'problem' in message ? message : recordOf(message)
}

function recordOf({ data }: StoredMessage): Rec | RecordProblem {
  const message = jsonOf(data)
  if (message === undefined) return { problem: 'the message is not valid JSON' }
  const item = lookup(message, ['item'])
  const id = lookup(item, ['id'])
  if (typeof id !== 'string' || id === '') return { problem: 'the message has no text at `item.id`' }
  const gone = lookup(message, ['type']) === 'removed'
  return { key: [id], fields: item as JsonObject, ...(gone ? { deleted: true } : {}) }
}

/** The number of a message, from which the source goes on; undefined where there is none. */
export function positionOf(data: string | Uint8Array): number | undefined {
  const message = jsonOf(data)
  const position = message === undefined ? undefined : lookup(message, ['seq'])
  return typeof position === 'number' ? position : undefined
}

function jsonOf(data: string | Uint8Array): Json | undefined {
  try {
    return parseJson(typeof data === 'string' ? data : new TextDecoder('utf-8', { fatal: true }).decode(data))
  } catch (error) {
    if (error instanceof WeaverError || error instanceof TypeError) return undefined
    throw error
  }
}
