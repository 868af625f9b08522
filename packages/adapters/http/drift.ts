import type { Json, JsonObject, RecordProblem } from '@data-weaver/contracts'
import type { RecordSchema } from './schema/records.ts'

/** Compares a record with what was declared: undefined when it is as declared, else what is wrong, or the fields that are left of it. */
export type Drift = (record: JsonObject) => RecordProblem | { readonly fields: JsonObject } | undefined

type FieldType = RecordSchema['fields'][string]['type']

/** Names in one message. */
const mostNamed = 5

export function driftOf({ mode, fields }: RecordSchema): Drift {
  const declared = new Map(Object.entries(fields))
  return (record) => {
    const problems: string[] = []
    const unknown: string[] = []
    for (const name in record) {
      const field = declared.get(name)
      if (field === undefined) unknown.push(name)
      else if (!fits(record[name] as Json, field)) problems.push(`\`${name}\` is ${nameOf(record[name] as Json)}, not ${field.type}`)
    }
    for (const [name, { optional = false }] of declared) {
      if (!optional && !Object.hasOwn(record, name)) problems.push(`\`${name}\` is missing`)
    }
    if (mode === 'freeze') problems.push(...unknown.map((name) => `\`${name.slice(0, 80)}\` is not known`))
    if (problems.length > 0) return { problem: `the record differs from the schema: ${shortened(problems)}` }
    if (unknown.length === 0) return undefined
    return { fields: Object.fromEntries(Object.entries(record).filter(([name]) => declared.has(name))) }
  }
}

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
