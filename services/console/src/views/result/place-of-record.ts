const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** `a.0.b`, with `\.` for a dot in a key, as in configurations. */
const keysOf = (path: string): readonly string[] => path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))

export interface Place {
  /** As configurations write it. */
  readonly path: string
  readonly keys: readonly (string | number)[]
  readonly value: unknown
}

/**
 * Where a record lies in its page, for adapters whose configuration has the path to the records. Undefined for others: only the adapter
 * itself knows how it reads a page.
 */
export function placeOfRecord(page: unknown, config: Readonly<Record<string, unknown>>, record: number): Place | undefined {
  const { records } = config
  if (!isObject(records) || typeof records['path'] !== 'string') return undefined
  let list: unknown = page
  const keys = keysOf(records['path'])
  for (const key of keys) list = isObject(list) ? list[key] : undefined
  if (!Array.isArray(list) || record >= list.length) return undefined
  return { path: `${records['path']}.${record}`, keys: [...keys, record], value: list[record] as unknown }
}
