import type { Json, JsonObject, Rec, RecordProblem } from '@data-weaver/contracts'
import { lookup, parsePath, type Path } from '../src/path.ts'
import { BrokenRow, type Row } from './decoder/row.ts'
import { type Drift, driftOf } from './drift.ts'
import { predicate } from './predicate.ts'
import type { HttpConfig } from './schema.ts'

/** A row as a record, or what is wrong with it. Undefined: it is left out. */
export type RecordReader = (row: Row, partition: JsonObject | undefined) => Rec | RecordProblem | undefined

type Config = Pick<HttpConfig, 'primaryKey' | 'deletedWhen' | 'records' | 'schema' | 'partitions'>

export function recordReader(config: Config): RecordReader {
  const primaryKey = config.primaryKey.map((text) => ({ text, path: parsePath(text) }))
  const deleted = config.deletedWhen && { path: parsePath(config.deletedWhen.path), equals: config.deletedWhen.equals }
  const passes = filterOf(config)
  const drift = config.schema === undefined || config.schema.mode === 'evolve' ? undefined : driftOf(config.schema)
  const own = config.partitions?.record
  return (row, partition) => {
    if (row instanceof BrokenRow) return { problem: row.problem }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: `the record is ${nameOf(row)}, not an object` }
    const raw = row as JsonObject
    if (!passes(raw)) return undefined
    const isDeleted = deleted !== undefined && lookup(raw, deleted.path) === deleted.equals
    const whole = own === undefined ? raw : { ...raw, [own]: partition ?? {} }
    const key: (string | number)[] = []
    for (const part of primaryKey) {
      const value = keyPart(whole, part.path)
      if (value === undefined) return { problem: `the record has no text or number at \`${part.text}\`, which is part of its primary key` }
      key.push(value)
    }
    // What is gone has no fields to speak of.
    if (isDeleted) return { key, fields: whole, deleted: true }
    return drift === undefined ? { key, fields: whole } : settled(key, raw, whole, own, drift)
  }
}

function filterOf({ records }: Config): (record: JsonObject) => boolean {
  const filter = records?.filter?.map(predicate)
  return filter === undefined ? () => true : (record) => filter.every((test) => test(record))
}

/** The rows that a schema has something to say of: records that are neither left out nor gone. */
export function declaredRows(config: Config): (rows: readonly Row[]) => readonly JsonObject[] {
  const passes = filterOf(config)
  const deleted = config.deletedWhen && { path: parsePath(config.deletedWhen.path), equals: config.deletedWhen.equals }
  return (rows) =>
    rows.filter((row): row is JsonObject => {
      if (row instanceof BrokenRow || typeof row !== 'object' || row === null || Array.isArray(row)) return false
      const record = row as JsonObject
      return passes(record) && (deleted === undefined || lookup(record, deleted.path) !== deleted.equals)
    })
}

function settled(key: Rec['key'], raw: JsonObject, whole: JsonObject, own: string | undefined, drift: Drift): Rec | RecordProblem {
  const found = drift(raw)
  if (found === undefined) return { key, fields: whole }
  if ('problem' in found) return found
  return { key, fields: own === undefined ? found.fields : { ...found.fields, [own]: whole[own] as Json } }
}

function keyPart(fields: JsonObject, path: Path): string | number | undefined {
  const value = lookup(fields, path)
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? value : undefined
}

const nameOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`)
