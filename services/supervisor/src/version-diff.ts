import type { StreamVersion } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'

export const VersionDiff = Type.Object(
  {
    from: Type.Integer(),
    to: Type.Integer(),
    changes: Type.Array(
      Type.Object({
        path: Type.String({ description: 'Dotted path; a field that only one of them has is null in the other.' }),
        before: Type.Unknown(),
        after: Type.Unknown(),
      }),
    ),
  },
  { $id: 'VersionDiff' },
)
export type VersionDiff = Static<typeof VersionDiff>

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields in which two configurations differ, in order of path. Lists are compared as wholes. */
export function versionDiff(from: StreamVersion, to: StreamVersion): VersionDiff {
  const changes: VersionDiff['changes'] = []
  const walk = (path: string, before: unknown, after: unknown): void => {
    if (isObject(before) && isObject(after)) {
      for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
        walk(path === '' ? name : `${path}.${name}`, before[name], after[name])
      }
    } else if (JSON.stringify(before) !== JSON.stringify(after)) changes.push({ path, before: before ?? null, after: after ?? null })
  }
  const configuration = ({ version: _, transformVersion: __, createdAt: ___, ...spec }: StreamVersion) => spec
  walk('', configuration(from), configuration(to))
  return { from: from.version, to: to.version, changes }
}
