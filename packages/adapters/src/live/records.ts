import { createHash } from 'node:crypto'
import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { decodeJson, parseJson } from '../exact-json.ts'
import { lookup, parsePath, type Path } from '../path.ts'
import { messageMatcher } from './predicate.ts'
import type { RecordsConfig } from './records-field.ts'
import { readSegment, type StoredMessage } from './segment.ts'

/**
 * The records in a stored segment, message by message. What is wrong with one message is a problem of its own.
 * @throws WeaverError `source_malformed` when the segment is no text at all.
 */
export function* liveRecords(page: StoredPage, config: RecordsConfig): Generator<Rec | RecordProblem> {
  const reader = new Reader(config)
  for (const message of readSegment(page.body)) {
    if ('problem' in message) yield message
    else yield* reader.read(message)
  }
}

class Reader {
  readonly #config: RecordsConfig
  readonly #wanted: ReturnType<typeof messageMatcher> | undefined
  readonly #path: Path | undefined
  readonly #primaryKey: readonly { readonly text: string; readonly path: Path }[] | undefined
  readonly #deletedPath: Path | undefined

  constructor(config: RecordsConfig) {
    const { when, records, primaryKey, deletedWhen } = config
    this.#config = config
    this.#wanted = when && messageMatcher(when)
    this.#path = records?.path === undefined ? undefined : parsePath(records.path)
    this.#primaryKey = primaryKey?.map((text) => ({ text, path: parsePath(text) }))
    this.#deletedPath = deletedWhen !== undefined && 'path' in deletedWhen ? parsePath(deletedWhen.path) : undefined
  }

  *read(message: StoredMessage): Generator<Rec | RecordProblem> {
    if (this.#config.format === 'text') {
      yield* this.#readText(message)
      return
    }
    let json: Json
    try {
      json = typeof message.data === 'string' ? parseJson(message.data) : decodeJson(message.data)
    } catch (error) {
      if (!(error instanceof WeaverError)) throw error
      // A message that is not wanted may be of any kind, but only one that can be read is known not to be.
      yield { problem: error.message.replace(/^The answer/, 'the message') }
      return
    }
    if (this.#wanted?.(textOf(message) ?? '', () => json) === false) return
    yield* this.#readJson(message, json)
  }

  *#readText(message: StoredMessage): Generator<Rec | RecordProblem> {
    const text = textOf(message)
    if (text === undefined) {
      yield { problem: 'the message is not valid UTF-8' }
      return
    }
    if (this.#wanted?.(text, () => undefined) === false) return
    yield this.#record({ text, ...around(message) }, message, 0)
  }

  *#readJson(message: StoredMessage, json: Json): Generator<Rec | RecordProblem> {
    const { records, messageField } = this.#config
    const found = this.#path === undefined ? json : lookup(json, this.#path)
    if (found === undefined) {
      yield { problem: `the message has nothing at \`records.path\` (${records?.path})` }
      return
    }
    // Null in the place of a list is an empty one: so some sources write it.
    const list = found === null && this.#path !== undefined ? [] : Array.isArray(found) ? (found as readonly Json[]) : [found]
    for (const [index, record] of list.entries()) {
      if (typeof record !== 'object' || record === null || Array.isArray(record)) {
        yield { problem: `the record is ${nameOf(record)}, not an object` }
        continue
      }
      const fields = record as JsonObject
      yield this.#record(messageField === undefined ? fields : { ...fields, [messageField]: around(message) }, message, index)
    }
  }

  #record(fields: JsonObject, message: StoredMessage, index: number): Rec | RecordProblem {
    const key: (string | number)[] = []
    for (const { text, path } of this.#primaryKey ?? []) {
      const value = lookup(fields, path)
      if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) {
        return { problem: `the record has no text or number at \`${text}\`, which is part of its primary key` }
      }
      key.push(value)
    }
    if (this.#primaryKey === undefined) key.push(index === 0 ? ownKey(message) : `${ownKey(message)}.${index}`)
    return this.#isDeleted(fields, message) ? { key, fields, deleted: true } : { key, fields }
  }

  #isDeleted(fields: JsonObject, message: StoredMessage): boolean {
    const { deletedWhen } = this.#config
    if (deletedWhen === undefined) return false
    if ('event' in deletedWhen) return message.event === deletedWhen.event
    return lookup(fields, this.#deletedPath ?? []) === deletedWhen.equals
  }
}

const ownKey = ({ id, data }: StoredMessage): string =>
  id !== undefined && id !== '' ? id : createHash('sha256').update(data).digest('hex').slice(0, 32)

function textOf({ data }: StoredMessage): string | undefined {
  if (typeof data === 'string') return data
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    return undefined
  }
}

const around = ({ at, event, id }: StoredMessage): JsonObject => ({
  at,
  ...(event === undefined ? {} : { event }),
  ...(id === undefined ? {} : { id }),
})

const nameOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)
