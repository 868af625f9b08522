import { type Adapter, WeaverError } from '@data-weaver/contracts'
import { coingecko } from '../coingecko/index.ts'
import { coinranking } from '../coinranking/index.ts'
import { http } from '../http/index.ts'
import { iqair } from '../iqair/index.ts'
import { pyth } from '../pyth/index.ts'

/** Every adapter, by id. A folder that is not here is found by a test. */
export const adapters: readonly Adapter[] = [coingecko, coinranking, http, iqair, pyth]

/** @throws WeaverError `unknown_adapter` naming those that there are. */
export function adapter(id: string): Adapter {
  const found = adapters.find((candidate) => candidate.id === id)
  if (found !== undefined) return found
  const known = adapters.map((candidate) => candidate.id).join(', ')
  throw new WeaverError('unknown_adapter', `There is no adapter ${JSON.stringify(id)}; there are: ${known}`, {
    errors: [{ field: 'adapter', problem: 'is not a known adapter', hint: `Known adapters: ${known}.` }],
  })
}

/** The adapter that a stream's name begins with, up to its first `_` and in any case: `IQAIR_DAILY` finds `iqair`. */
export function adapterForName(name: string): Adapter | undefined {
  const end = name.indexOf('_')
  if (end === -1) return undefined
  const prefix = name.slice(0, end).toLowerCase()
  return adapters.find((candidate) => candidate.id === prefix)
}
