import { type Adapter, type FieldProblem, parse, WeaverError } from '@data-weaver/contracts'
import type { Static } from 'typebox'

/**
 * The configuration with defaults filled in, checked in three steps: the adapter's schema, its rules between fields, its secrets.
 * @param secretNames the names of the secrets that the stream has
 * @throws WeaverError `invalid_config` naming fields below `config` and `secrets`, `missing_secret` naming `secrets.<name>`.
 */
export function parseConfig<A extends Adapter>(adapter: A, config: unknown, secretNames: readonly string[]): Static<A['config']> {
  const parsed = parse(adapter.config, config, 'invalid_config', 'config') as Static<A['config']>
  adapter.validate?.(parsed, secretNames)
  const missing = (adapter.secrets.required ?? []).filter((name) => !secretNames.includes(name))
  if (missing.length > 0) throw missingSecrets(missing, (name) => secretDescription(adapter, name))
  refuseUnknownSecrets(adapter, secretNames)
  return parsed
}

/** `missing_secret` for all of these names at once. */
export function missingSecrets(names: readonly string[], hint: (name: string) => string | undefined): WeaverError {
  const errors = names.map((name): FieldProblem => {
    const text = hint(name)
    return { field: `secrets.${name}`, problem: 'is missing', ...(text === undefined ? {} : { hint: text }) }
  })
  return new WeaverError('missing_secret', errors.map(({ field, problem }) => `${field} ${problem}`).join('; '), { errors })
}

/** `invalid_config` with these problems, which must not be none. */
export function invalidConfig(errors: readonly FieldProblem[]): WeaverError {
  return new WeaverError('invalid_config', errors.map(({ field, problem }) => `${field} ${problem}`).join('; '), { errors })
}

function refuseUnknownSecrets(adapter: Adapter, secretNames: readonly string[]): void {
  // An adapter whose secrets are named by its configuration has an open schema, and takes any.
  if ((adapter.secrets as { additionalProperties?: unknown }).additionalProperties !== false) return
  const known = Object.keys(adapter.secrets.properties)
  const unknown = secretNames.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  const hint = known.length === 0 ? 'The adapter has no secrets.' : `Known secrets: ${known.join(', ')}.`
  throw invalidConfig(unknown.map((name) => ({ field: `secrets.${name}`, problem: 'is not a known secret', hint })))
}

function secretDescription(adapter: Adapter, name: string): string | undefined {
  return (adapter.secrets.properties[name] as { description?: string } | undefined)?.description
}
