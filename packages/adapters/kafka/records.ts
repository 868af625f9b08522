import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { decodeText, parseJson } from '../src/exact-json.ts'
import { readSegment } from '../src/live/segment.ts'
import { lookup, parsePath, type Path } from '../src/path.ts'
import type { StoredMessage, Written } from './message.ts'
import type { KafkaConfig } from './schema.ts'

/** The records of a segment, message by message. @throws WeaverError `source_malformed` when it is no text at all. */
export function* records(page: StoredPage, config: KafkaConfig): Generator<Rec | RecordProblem> {
  const reader = new Reader(config)
  for (const line of readSegment(page.body)) {
    if ('problem' in line) yield line
    else yield* reader.read(line.data)
  }
}

class Reader {
  readonly #config: KafkaConfig
  readonly #path: Path | undefined
  readonly #primaryKey: readonly { readonly text: string; readonly path: Path }[] | undefined
  readonly #deletedPath: Path | undefined

  constructor(config: KafkaConfig) {
    this.#config = config
    this.#path = config.records?.path === undefined ? undefined : parsePath(config.records.path)
    this.#primaryKey = config.primaryKey?.map((text) => ({ text, path: parsePath(text) }))
    this.#deletedPath = config.deletedWhen && parsePath(config.deletedWhen.path)
  }

  *read(data: string | Uint8Array): Generator<Rec | RecordProblem> {
    const message = messageOf(data)
    if (message === undefined) {
      yield { problem: 'the line of the segment is not a message' }
      return
    }
    try {
      yield* message.value === null ? this.#tombstone(message) : this.#values(message)
    } catch (error) {
      if (!(error instanceof WeaverError)) throw error
      yield { problem: `${placeOf(message)}: ${error.message.replace(/^The answer cannot be read: the body/, 'the value')}` }
    }
  }

  *#tombstone(message: StoredMessage): Generator<Rec | RecordProblem> {
    if (this.#config.tombstones === 'ignore') return
    // What is gone is named by its key alone.
    const named = this.#primaryKey === undefined ? {} : keyFields(message.key)
    const fields = this.#around(named, message)
    const key = this.#keyOf(fields, message, 0)
    yield 'problem' in key ? key : { key: key.key, fields, deleted: true }
  }

  *#values(message: StoredMessage): Generator<Rec | RecordProblem> {
    for (const [index, raw] of this.#rows(message).entries()) {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
        yield { problem: `${placeOf(message)}: the record is ${nameOf(raw)}, not an object` }
        continue
      }
      const fields = this.#around(raw as JsonObject, message)
      const key = this.#keyOf(fields, message, index)
      if ('problem' in key) yield key
      else if (this.#deletedPath !== undefined && lookup(fields, this.#deletedPath) === this.#config.deletedWhen?.equals)
        yield { key: key.key, fields, deleted: true }
      else yield { key: key.key, fields }
    }
  }

  #rows({ value }: StoredMessage): readonly Json[] {
    switch (this.#config.value) {
      case 'base64':
        return [{ base64: bytesOf(value).toString('base64') }]
      case 'text':
        return [{ text: textOf(value) }]
      default: {
        const json = parseJson(textOf(value))
        const found = this.#path === undefined ? json : lookup(json, this.#path)
        if (found === undefined)
          throw new WeaverError('source_malformed', `there is nothing at \`records.path\` (${this.#config.records?.path})`)
        if (found === null && this.#path !== undefined) return []
        return Array.isArray(found) ? (found as readonly Json[]) : [found]
      }
    }
  }

  #around(fields: JsonObject, { topic, partition, offset, timestamp, key, headers }: StoredMessage): JsonObject {
    const { messageField } = this.#config
    if (messageField === undefined) return fields
    const kept = Object.fromEntries(headers.map(([name, value]) => [name, value as Json]))
    return { ...fields, [messageField]: { topic, partition, offset, timestamp, key: key as Json, headers: kept } }
  }

  #keyOf(fields: JsonObject, message: StoredMessage, index: number): { readonly key: Rec['key'] } | RecordProblem {
    if (this.#primaryKey === undefined) return { key: this.#ownKey(message, index) }
    const key: (string | number)[] = []
    for (const { text, path } of this.#primaryKey) {
      const value = lookup(fields, path)
      if (typeof value !== 'number' && (typeof value !== 'string' || value === ''))
        return { problem: `${placeOf(message)}: no text or number at \`${text}\`, which is part of the primary key` }
      key.push(value)
    }
    return { key }
  }

  #ownKey({ topic, partition, offset, key }: StoredMessage, index: number): (string | number)[] {
    const own = key === null || key === '' ? `${partition}-${offset}` : typeof key === 'string' ? key : key.base64
    const before = this.#config.topics.length > 1 ? [topic] : []
    return index === 0 ? [...before, own] : [...before, own, index]
  }
}

function messageOf(data: string | Uint8Array): StoredMessage | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const message = JSON.parse(data) as Partial<StoredMessage> | null
    const whole = typeof message?.topic === 'string' && typeof message.partition === 'number' && typeof message.offset === 'number'
    return whole && message.value !== undefined && message.key !== undefined && Array.isArray(message.headers)
      ? (message as StoredMessage)
      : undefined
  } catch {
    return undefined
  }
}

const placeOf = ({ topic, partition, offset }: StoredMessage): string => `message ${offset} of partition ${partition} of ${topic}`

const bytesOf = (value: Written): Buffer => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value?.base64 ?? '', 'base64'))
/** @throws WeaverError `source_malformed` */
const textOf = (value: Written): string => (typeof value === 'string' ? value : decodeText(bytesOf(value), ''))

/** The fields of a key that is a JSON object; none of any other. */
function keyFields(key: Written): JsonObject {
  if (typeof key !== 'string') return {}
  try {
    const json = parseJson(key)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : {}
  } catch {
    return {}
  }
}

const nameOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)
