import { type Adapter, WeaverError } from '@data-weaver/contracts'
import { coingecko } from '../coingecko/index.ts'
import { coinranking } from '../coinranking/index.ts'
import { http } from '../http/index.ts'
import { iqair } from '../iqair/index.ts'
import { kafka } from '../kafka/index.ts'
import { mastodon } from '../mastodon/index.ts'
import { push } from '../push/index.ts'
import { pythStream } from '../pyth-stream/index.ts'
import { pyth } from '../pyth/index.ts'
import { sse } from '../sse/index.ts'
import { substreams } from '../substreams/index.ts'
import { websocket } from '../websocket/index.ts'

/** Every adapter of the repository, by id. A folder that is not here is found by a test. */
export const adapters: readonly Adapter[] = [
  coingecko,
  coinranking,
  http,
  iqair,
  kafka,
  mastodon,
  push,
  pyth,
  pythStream,
  sse,
  substreams,
  websocket,
]

/** Where an adapter is from: this repository, or a package that the settings name. */
export type AdapterOrigin =
  | { readonly kind: 'builtIn' }
  | { readonly kind: 'package'; readonly package: string; readonly version: string; readonly folder: string }

export interface RegisteredAdapter {
  readonly adapter: Adapter
  readonly origin: AdapterOrigin
}

/** A set of adapters with different ids. It never changes: adding gives another one. */
export class AdapterRegistry {
  /** Ordered by id. */
  readonly all: readonly RegisteredAdapter[]
  readonly #byId: ReadonlyMap<string, RegisteredAdapter>

  constructor(all: readonly RegisteredAdapter[]) {
    this.all = all.toSorted((a, b) => (a.adapter.id < b.adapter.id ? -1 : 1))
    this.#byId = new Map(this.all.map((one) => [one.adapter.id, one]))
  }

  find(id: string): RegisteredAdapter | undefined {
    return this.#byId.get(id)
  }

  with(more: readonly RegisteredAdapter[]): AdapterRegistry {
    return new AdapterRegistry([...this.all, ...more])
  }
}

/** What there is without any package from outside. */
export const builtIn = new AdapterRegistry(adapters.map((one) => ({ adapter: one, origin: { kind: 'builtIn' } })))

let used = builtIn

/** The adapters that this process has. */
export const registeredAdapters = (): readonly RegisteredAdapter[] => used.all

/**
 * Makes the process use these adapters. A main file does it once, before it starts anything; a test takes it back with what is returned:
 * `using _ = useAdapters(registry)`.
 */
export function useAdapters(registry: AdapterRegistry): Disposable {
  const before = used
  used = registry
  return { [Symbol.dispose]: () => void (used = before) }
}

/** @throws WeaverError `unknown_adapter` naming those that there are. */
export function adapter(id: string): Adapter {
  return registered(id).adapter
}

/** The same, with where it is from. */
export function registered(id: string): RegisteredAdapter {
  const found = used.find(id)
  if (found !== undefined) return found
  const known = used.all.map((one) => one.adapter.id).join(', ')
  throw new WeaverError('unknown_adapter', `There is no adapter ${JSON.stringify(id)}; there are: ${known}`, {
    errors: [{ field: 'adapter', problem: 'is not a known adapter', hint: `Known adapters: ${known}.` }],
  })
}

/** The adapter that a stream's name begins with, up to its first `_` and in any case: `IQAIR_DAILY` finds `iqair`. */
export function adapterForName(name: string): Adapter | undefined {
  const end = name.indexOf('_')
  if (end === -1) return undefined
  return used.find(name.slice(0, end).toLowerCase())?.adapter
}
