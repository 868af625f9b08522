import type { Json } from '@data-weaver/contracts'

/** A dotted path, split: `a.0.b` indexes arrays, `a\.b` is one key, `\\` is a backslash. */
export type Path = readonly string[]

/** What a path may look like: no empty segment, no backslash that escapes nothing. For use in a schema. */
export const pathPattern = '^(?:[^.\\\\]|\\\\[.\\\\])+(?:\\.(?:[^.\\\\]|\\\\[.\\\\])+)*$'

const segment = /(?:[^.\\]|\\[.\\])+/g

export const parsePath = (text: string): Path => (text.match(segment) ?? []).map((part) => part.replaceAll(/\\([.\\])/g, '$1'))

/** The value at the path, or undefined when it leads nowhere. Looks at own keys only, so `__proto__` and `length` are no way in. */
export function lookup(value: Json | undefined, path: Path): Json | undefined {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined
    if (Array.isArray(current)) {
      current = /^(?:0|[1-9]\d{0,9})$/.test(key) ? (current as readonly Json[])[Number(key)] : undefined
    } else {
      current = Object.hasOwn(current, key) ? (current as Readonly<Record<string, Json>>)[key] : undefined
    }
  }
  return current
}
