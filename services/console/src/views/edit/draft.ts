import type { Adapter, Stream } from '../../api/resources.ts'
import { blank, type Schema } from './schema.ts'

/** A stream as it is edited: what the API takes, without its secrets, which never come back. */
export type Draft = Readonly<Record<string, unknown>> & {
  readonly config?: unknown
  readonly schedule?: unknown
  readonly transform?: unknown
}

/** Values of secrets by name; undefined or empty: left as it is. */
export type SecretValues = Readonly<Record<string, string>>

/** What a new stream begins with: the example of its adapter, which is valid. */
export function newDraft(adapter: Adapter): Draft {
  const config = Object.keys(adapter.example).length > 0 ? adapter.example : (blank(adapter.config as Schema) as Record<string, unknown>)
  const schedule = adapter.mode === 'live' ? { continuous: true } : adapter.pushed ? { manual: true } : { every: 300_000 }
  return { name: '', config, schedule, transform: null, sinks: [{ type: 'postgres' }] }
}

const editable = [
  ...(['config', 'schedule', 'transform', 'sinks', 'timeout', 'pool', 'bucket', 'retry', 'overlap'] as const),
  ...(['catchUp', 'autoPause', 'freshWithin', 'retainFor', 'budget'] as const),
]

export const draftOf = (stream: Stream): Draft => Object.fromEntries(editable.map((field) => [field, stream[field]]))

/** Only what differs: fields that a patch does not name stay as they are. */
export function changesOf(before: Draft, after: Draft): Record<string, unknown> {
  return Object.fromEntries(Object.entries(after).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field])))
}

export const given = (secrets: SecretValues): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))

/** A copy with one place changed; undefined takes the key away. */
export function withKey(value: unknown, key: string, child: unknown): Record<string, unknown> {
  const { [key]: _, ...rest } = (value ?? {}) as Record<string, unknown>
  return child === undefined ? rest : { ...(value as Record<string, unknown>), [key]: child }
}
