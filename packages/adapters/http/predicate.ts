import type { Json } from '@data-weaver/contracts'
import { lookup, parsePath } from '../src/path.ts'
import type { Predicate } from './schema/predicate.ts'

/** Answers whether it holds of a JSON. */
export type Test = (json: Json) => boolean

/** Compiles a predicate. */
export function predicate(of: Predicate): Test {
  const path = parsePath(of.path)
  const holds = testOf(of)
  return (json) => holds(lookup(json, path))
}

function testOf(of: Predicate): (value: Json | undefined) => boolean {
  switch (of.is) {
    case 'equals':
      return (value) => value === of.value
    case 'notEquals':
      return (value) => value !== of.value
    case 'oneOf': {
      const values = new Set<Json | undefined>(of.values)
      return (value) => values.has(value)
    }
    case 'contains':
      return (value) =>
        typeof value === 'string' ? value.includes(String(of.value)) : Array.isArray(value) && (value as readonly Json[]).includes(of.value)
    case 'present':
      return (value) => value !== undefined && value !== null
    case 'absent':
      return (value) => value === undefined || value === null
    case 'atLeast':
      return (value) => comparable(value, of.value) && value >= of.value
    case 'atMost':
      return (value) => comparable(value, of.value) && value <= of.value
  }
}

/** A text and a number have no order. */
const comparable = (value: Json | undefined, with_: string | number): value is string | number => typeof value === typeof with_
