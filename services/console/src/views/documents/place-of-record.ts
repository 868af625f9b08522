const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** `a.0.b`, with `\.` for a dot in a key, as in configurations. */
const keysOf = (path: string): readonly string[] => path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))

/**
 * Where a record lies in its page, for adapters whose configuration has the path to the records. Undefined for others: only the adapter
 * itself knows how it reads a page.
 */
export function placeOfRecord(
  page: unknown,
  config: Readonly<Record<string, unknown>>,
  record: number,
): { readonly path: string; readonly value: unknown } | undefined {
  const { records } = config
  if (!isObject(records) || typeof records['path'] !== 'string') return undefined
  let list: unknown = page
  for (const key of keysOf(records['path'])) list = isObject(list) ? list[key] : undefined
  if (!Array.isArray(list) || record >= list.length) return undefined
  return { path: `${records['path']}.${record}`, value: list[record] as unknown }
}
