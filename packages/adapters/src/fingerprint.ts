import { createHash } from 'node:crypto'

/** A short name for what is asked of a source: 16 hexadecimal digits, the same for the same JSON whatever the order of its keys. */
export const fingerprintOf = (asked: unknown): string => createHash('sha256').update(canonical(asked)).digest('hex').slice(0, 16)

/** JSON with sorted keys: a database may give a configuration back in another order than it was written in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
