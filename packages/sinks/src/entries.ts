import { isDeepStrictEqual } from 'node:util'
import { type FieldProblem, parse, type SinkEntry, type SinkEnvironment, summary, WeaverError } from '@data-weaver/contracts'
import { knownSinks, sinks } from './registry.ts'

/**
 * The sinks of a stream, each checked by the schema of its kind, with defaults filled in. Two entries that are the same sink with the same
 * options are refused: every document would be written twice.
 * @param prefix where the entries stand in the input
 * @param environment when given, a sink that needs a part of it that is missing is refused
 * @throws WeaverError `unknown_sink` or `invalid_config` with an entry per problem, each naming its field (`sinks.0.foo`)
 */
export function parseSinkEntries(entries: readonly SinkEntry[], prefix = 'sinks', environment?: Partial<SinkEnvironment>): SinkEntry[] {
  const errors: FieldProblem[] = []
  const parsed: SinkEntry[] = []
  let unknown = false
  for (const [index, entry] of entries.entries()) {
    const field = `${prefix}.${index}`
    const kind = sinks.find(({ id }) => id === entry.type)
    if (kind === undefined) {
      unknown = true
      errors.push({ field: `${field}.type`, problem: 'is not a known sink', hint: knownSinks() })
      continue
    }
    if (kind.needs !== undefined && environment !== undefined && environment[kind.needs.part] === undefined) {
      const hint = `Set it for all supervisors and workers, or remove the sink. ${knownSinks()}`
      errors.push({ field: `${field}.type`, problem: `needs the setting ${kind.needs.setting}, which is not set`, hint })
    }
    const { type, ...options } = entry
    try {
      const complete: SinkEntry = { type, ...(parse(kind.options, options, 'invalid_config', field) as object) }
      const twin = parsed.findIndex((other) => isDeepStrictEqual(other, complete))
      if (twin >= 0) errors.push({ field, problem: `is the same sink as ${prefix}.${twin}`, hint: 'Remove one of the two.' })
      parsed.push(complete)
      const { type: _, ...rest } = complete
      if (environment !== undefined) errors.push(...(kind.check?.(rest, environment, field) ?? []))
    } catch (error) {
      if (!(error instanceof WeaverError)) throw error
      errors.push(...error.errors)
    }
  }
  if (errors.length > 0) throw new WeaverError(unknown ? 'unknown_sink' : 'invalid_config', summary(errors), { errors })
  return parsed
}
