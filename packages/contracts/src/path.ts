import { WeaverError } from './error.ts'

/**
 * What is wrong with a path, in words that follow the field's name, or undefined when it is well formed.
 * A path is one or more keys with dots between them; `\.` is a dot inside a key and `\\` a backslash.
 */
export function pathProblem(path: string): string | undefined {
  const parsed = split(path)
  return typeof parsed === 'string' ? parsed : undefined
}

/**
 * The keys of a path, unescaped: `a.b\.c.0` is `['a', 'b.c', '0']`.
 * @throws WeaverError `invalid_config` when the path is malformed; {@link pathProblem} asks without throwing.
 */
export function parsePath(path: string): readonly string[] {
  const parsed = split(path)
  if (typeof parsed !== 'string') return parsed
  throw new WeaverError('invalid_config', `The path ${JSON.stringify(path)} ${parsed}.`)
}

/**
 * Compiles a dotted path into a lookup. The lookup answers undefined where the path leads nowhere and never throws. It sees own
 * properties only, so `__proto__`, `constructor` and the like are ordinary keys that are there or not. Arrays are indexed by
 * canonical numbers (`0`, `12`, not `01` or `-1`) and by nothing else; text has no parts.
 * @throws WeaverError `invalid_config` when the path is malformed.
 */
export function compilePath(path: string): (value: unknown) => unknown {
  const keys = parsePath(path)
  const [first, second] = keys as [string, string | undefined]
  const firstIndex = indexOf(first)
  // Most paths have one or two keys: they get a closure without a loop.
  if (second === undefined) return (value) => step(value, first, firstIndex)
  const secondIndex = indexOf(second)
  if (keys.length === 2) return (value) => step(step(value, first, firstIndex), second, secondIndex)
  const indexes = keys.map(indexOf)
  return (value) => {
    let current = value
    for (let depth = 0; depth < keys.length; depth++) {
      current = step(current, keys[depth] as string, indexes[depth] as number)
      if (current === undefined) return undefined
    }
    return current
  }
}

function step(value: unknown, key: string, index: number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) return index < 0 ? undefined : value[index]
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

/** The array index a key stands for, or -1. Bounded to nine digits, which no array in memory exceeds. */
const indexOf = (key: string): number => (/^(?:0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1)

/** The keys, or the problem as text. */
function split(path: string): readonly string[] | string {
  if (path === '') return 'is empty'
  const keys: string[] = []
  let key = ''
  for (let at = 0; at < path.length; at++) {
    const char = path[at] as string
    if (char === '\\') {
      const next = path[++at]
      if (next === undefined) return 'ends with a single backslash'
      if (next !== '.' && next !== '\\') return 'has a backslash that is followed by neither a dot nor a backslash'
      key += next
    } else if (char === '.') {
      if (key === '') return emptyKey(keys.length)
      keys.push(key)
      key = ''
    } else {
      key += char
    }
  }
  if (key === '') return emptyKey(keys.length)
  keys.push(key)
  return keys
}

const emptyKey = (index: number): string => `has an empty key at position ${index + 1}`
