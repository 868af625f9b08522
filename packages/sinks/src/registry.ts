import { type SinkKind, WeaverError } from '@data-weaver/contracts'
import { postgres } from '../postgres/index.ts'
import { vespa } from '../vespa/index.ts'

/** Every kind of sink, by id. A folder that is not here is found by a test. */
export const sinks: readonly SinkKind[] = [postgres, vespa]

/** What to tell someone who named a sink that there is not. */
export const knownSinks = (): string => `Known sinks: ${sinks.map(({ id }) => id).join(', ')}.`

/** @throws WeaverError `unknown_sink` naming those that there are. */
export function sinkKind(id: string): SinkKind {
  const found = sinks.find((kind) => kind.id === id)
  if (found !== undefined) return found
  throw new WeaverError('unknown_sink', `There is no sink ${JSON.stringify(id.slice(0, 64))}. ${knownSinks()}`, {
    errors: [{ field: 'type', problem: 'is not a known sink', hint: knownSinks() }],
  })
}
