import { type Json, type JsonObject, type Rec, type RecordProblem, type StoredPage, WeaverError } from '@data-weaver/contracts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup, parsePath, type Path } from '../src/path.ts'
import type { HttpConfig } from './schema.ts'

/** Answers that have no body by definition, and so no records. */
export const isEmptyByStatus = (status: number): boolean => status === 204 || status === 205

/**
 * The records in an answer, as they stand there. Null in their place is an empty list: so some sources write it.
 * @throws WeaverError `source_malformed` naming the path that leads nowhere.
 */
export function rawRecords(answer: Json, config: Pick<HttpConfig, 'records'>): readonly Json[] {
  const path = config.records?.path
  const found = path === undefined ? answer : lookup(answer, parsePath(path))
  const place = path === undefined ? 'the body' : `\`records.path\` (${path})`
  if (found === undefined) throw new WeaverError('source_malformed', `The answer has nothing at ${place}.`)
  if (found === null) return []
  if (Array.isArray(found)) return found as readonly Json[]
  if (typeof found === 'object') return [found as JsonObject]
  throw new WeaverError('source_malformed', `The answer has a ${typeof found} at ${place}, where records should be.`)
}

export type RecordReader = (record: Json) => Rec | RecordProblem

/** Reads single records; made once per page or run. */
export function recordReader(config: Pick<HttpConfig, 'primaryKey' | 'deletedWhen'>): RecordReader {
  const primaryKey = config.primaryKey.map((text) => ({ text, path: parsePath(text) }))
  const deleted = config.deletedWhen && { path: parsePath(config.deletedWhen.path), equals: config.deletedWhen.equals }
  return (record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return { problem: `the record is ${nameOf(record)}, not an object` }
    }
    const fields = record as JsonObject
    const key: (string | number)[] = []
    for (const part of primaryKey) {
      const value = keyPart(fields, part.path)
      if (value === undefined) return { problem: `the record has no text or number at \`${part.text}\`, which is part of its primary key` }
      key.push(value)
    }
    return deleted !== undefined && lookup(fields, deleted.path) === deleted.equals ? { key, fields, deleted: true } : { key, fields }
  }
}

function keyPart(fields: JsonObject, path: Path): string | number | undefined {
  const value = lookup(fields, path)
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? value : undefined
}

export function* records(page: StoredPage, config: HttpConfig): Generator<Rec | RecordProblem> {
  if (isEmptyByStatus(page.response.status)) return
  const read = recordReader(config)
  for (const record of rawRecords(decodeJson(page.body, page.response.headers['content-type']), config)) yield read(record)
}

const nameOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)
