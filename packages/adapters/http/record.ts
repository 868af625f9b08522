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
  const filter = config.records?.filter?.map(predicate)
  const drift = config.schema === undefined || config.schema.mode === 'evolve' ? undefined : driftOf(config.schema)
  const own = config.partitions?.record
  return (row, partition) => {
    if (row instanceof BrokenRow) return { problem: row.problem }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return { problem: `the record is ${nameOf(row)}, not an object` }
    const raw = row as JsonObject
    if (filter !== undefined && !filter.every((test) => test(raw))) return undefined
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
