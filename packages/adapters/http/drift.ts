import type { Json, JsonObject, Log, RecordProblem } from '@data-weaver/contracts'
import type { RecordSchema } from './schema/records.ts'

/** Compares a record with what was declared: undefined when it is as declared, else what is wrong, or the fields that are left of it. */
export type Drift = (record: JsonObject) => RecordProblem | { readonly fields: JsonObject } | undefined

type FieldType = RecordSchema['fields'][string]['type']

/** Names in one message. */
const mostNamed = 5

/** Differences that one run notes. A source with names of its own in every record would fill the log. */
const mostNoted = 20

/** How a record differs from what was declared: fields that are wrong, in words, and the names of those that are not known. */
interface Difference {
  readonly wrong: readonly string[]
  readonly unknown: readonly string[]
}

function comparison({ fields }: RecordSchema): (record: JsonObject) => Difference {
  const declared = new Map(Object.entries(fields))
  return (record) => {
    const wrong: string[] = []
    const unknown: string[] = []
    for (const name in record) {
      const field = declared.get(name)
      if (field === undefined) unknown.push(name)
      else if (!fits(record[name] as Json, field)) wrong.push(`\`${name}\` is ${nameOf(record[name] as Json)}, not ${field.type}`)
    }
    for (const [name, { optional = false }] of declared) {
      if (!optional && !Object.hasOwn(record, name)) wrong.push(`\`${name}\` is missing`)
    }
    return { wrong, unknown }
  }
}

export function driftOf(schema: RecordSchema): Drift {
  const compare = comparison(schema)
  return (record) => {
    const { wrong, unknown } = compare(record)
    const problems = schema.mode === 'freeze' ? [...wrong, ...unknown.map(notKnown)] : wrong
    if (problems.length > 0) return { problem: `the record differs from the schema: ${shortened(problems)}` }
    if (unknown.length === 0) return undefined
    return { fields: Object.fromEntries(Object.entries(record).filter(([name]) => Object.hasOwn(schema.fields, name))) }
  }
}

/** Notes how the records of a run differ from what was declared, each difference once. */
export type DriftNotes = (records: Iterable<JsonObject>) => void

/** Dead letters say what differs; what no dead letter comes of is noted here. */
export function driftNotes(schema: RecordSchema, log: Log): DriftNotes | undefined {
  if (schema.mode === 'freeze') return undefined
  const compare = comparison(schema)
  const noted = new Set<string>()
  return (records) => {
    const found: string[] = []
    for (const record of records) {
      if (noted.size >= mostNoted) break
      const { wrong, unknown } = compare(record)
      for (const difference of [...(schema.mode === 'evolve' ? wrong : []), ...unknown.map(notKnown)]) {
        if (noted.size >= mostNoted || noted.has(difference)) continue
        noted.add(difference)
        found.push(difference)
      }
    }
    if (found.length > 0) log.warn({ mode: schema.mode, differences: found }, 'records differ from the schema of the stream')
  }
}

const notKnown = (name: string): string => `\`${name.slice(0, 80)}\` is not known`

const shortened = (problems: readonly string[]): string => {
  const more = problems.length - mostNamed
  return `${problems.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function fits(value: Json, { type, nullable = false }: { readonly type: FieldType; readonly nullable?: boolean }): boolean {
  if (value === null) return nullable || type === 'any'
  switch (type) {
    case 'any':
      return true
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number' || isLongInteger(value)
    case 'integer':
      return Number.isInteger(value) || isLongInteger(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      return Array.isArray(value)
    case 'object':
      return typeof value === 'object' && !Array.isArray(value)
  }
}

/** An integer that no number can hold is read as its digits. */
const isLongInteger = (value: Json): boolean =>
  typeof value === 'string' && /^-?\d{16,}$/.test(value) && !Number.isSafeInteger(Number(value))

const nameOf = (value: Json): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value === 'string' ? 'text' : typeof value}`
