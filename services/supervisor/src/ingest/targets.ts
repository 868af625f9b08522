import { adapter as adapterById } from '@data-weaver/adapters'
import { type PushConfig, type SenderCheck, senderCheck } from '@data-weaver/adapters/push'
import { laneOf, type Stream, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import { type SupervisorParts, tenant } from '../parts.ts'

/** A stream that takes what is pushed, as it was when it was read. */
export interface Target {
  readonly stream: Pick<Stream, 'id' | 'name' | 'adapter' | 'desired'>
  /** The version that a run has now: the one on trial where it runs instead of the current one. */
  readonly version: number
  readonly spec: StreamSpec
  /** Another adapter that is pushed may have the same fields, and those that it has count. */
  readonly config: PushConfig
  readonly lane: string
  /** Undefined: only the API's own token is good for it. */
  readonly sender: SenderCheck | undefined
  /** By the monotonic clock, milliseconds. */
  readonly readAt: number
}

/** How long what was read counts, milliseconds. What is committed is checked against the ledger anyway. */
const freshMs = 1000
/** Streams that are remembered; names that are none too. The one that was read longest ago is forgotten. */
const maxRemembered = 1000

type TargetParts = Pick<SupervisorParts, 'ledger' | 'vault' | 'clock'>

/** Streams by what a path calls them, read from the ledger at most once a second each. */
export class Targets {
  readonly #parts: TargetParts
  readonly #known = new Map<string, { readonly at: number; readonly target: Promise<Target> }>()

  constructor(parts: TargetParts) {
    this.#parts = parts
  }

  /**
   * @param since what was read before this time, by the monotonic clock, does not count
   * @throws WeaverError `not_found`, also when the stream's adapter takes nothing
   */
  async get(idOrName: string, since = -Infinity): Promise<Target> {
    const now = this.#parts.clock.monotonic()
    const known = this.#known.get(idOrName)
    if (known !== undefined && known.at > Math.max(since, now - freshMs)) return await known.target
    const target = this.#read(idOrName, now)
    target.catch(() => {})
    this.#known.delete(idOrName)
    this.#known.set(idOrName, { at: now, target })
    if (this.#known.size > maxRemembered) this.#known.delete(this.#known.keys().next().value as string)
    return await target
  }

  async #read(idOrName: string, readAt: number): Promise<Target> {
    const { ledger, vault } = this.#parts
    const { stream } = await ledger.streams.get(tenant, idOrName)
    if (adapterById(stream.adapter).pushed !== true)
      throw new WeaverError('not_found', `stream "${stream.name}" takes nothing: its adapter ${stream.adapter} fetches by itself`)
    const version = stream.canary?.mode === 'instead' ? stream.canary.version : stream.version
    const { spec } = await ledger.streams.spec(stream.id, version)
    const config = spec.config as PushConfig
    const sealed = config.auth === undefined ? {} : await ledger.streams.sealedSecrets(stream.id)
    const keys = ['signing_key', 'previous_signing_key'].flatMap((name) => {
      const text = sealed[name]
      return text === undefined ? [] : [vault.open({ tenant, streamId: stream.id, name }, text)]
    })
    const sender = config.auth === undefined || keys.length === 0 ? undefined : senderCheck(config.auth, keys)
    return { stream, version, spec, config, lane: laneOf(spec.pool, tenant), sender, readAt }
  }
}
