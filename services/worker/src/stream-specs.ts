import type { StreamSpec } from '@data-weaver/contracts'
import type { ClaimedRun, Ledger } from '@data-weaver/ledger'
import type { Vault } from '@data-weaver/vault'

export interface PinnedSpec {
  readonly spec: StreamSpec
  readonly transformVersion: number
}

/** Entries a worker remembers; versions never change, so they are only dropped for room. */
const maxRemembered = 10_000

/** Configurations and opened secrets of streams, read once per version. */
export class StreamSpecs {
  readonly #ledger: Ledger
  readonly #vault: Vault
  readonly #specs = new Map<string, Promise<PinnedSpec>>()
  readonly #secrets = new Map<string, { version: number; values: Promise<ReadonlyMap<string, string>> }>()

  constructor(ledger: Ledger, vault: Vault) {
    this.#ledger = ledger
    this.#vault = vault
  }

  async spec(streamId: string, version: number): Promise<PinnedSpec> {
    const key = `${streamId} ${version}`
    const known = this.#specs.get(key)
    if (known !== undefined) return await known
    const read = this.#ledger.streams.spec(streamId, version)
    remember(this.#specs, key, read)
    read.catch(() => this.#specs.delete(key))
    return await read
  }

  /** @throws WeaverError `secret_unreadable` when the key of this process is not the one they were sealed with. */
  async secrets({ streamId, tenant, secretsVersion }: ClaimedRun): Promise<ReadonlyMap<string, string>> {
    const known = this.#secrets.get(streamId)
    if (known !== undefined && known.version === secretsVersion) return await known.values
    const values = this.#open(tenant, streamId)
    remember(this.#secrets, streamId, { version: secretsVersion, values })
    values.catch(() => this.#secrets.delete(streamId))
    return await values
  }

  async #open(tenant: string, streamId: string): Promise<ReadonlyMap<string, string>> {
    const sealed = await this.#ledger.streams.sealedSecrets(streamId)
    return new Map(Object.entries(sealed).map(([name, text]) => [name, this.#vault.open({ tenant, streamId, name }, text)]))
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  const oldest = map.keys().next().value
  if (map.size >= maxRemembered && oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
