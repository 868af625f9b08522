import type { Clock, Log, ObjectStore } from '@data-weaver/contracts'
import type { FeedPosition, Ledger } from '@data-weaver/ledger'
import { batchKey, catalogueBucket, packBatch, readBatchKey } from './batch-file.ts'

export interface CatalogueParts {
  readonly ledger: Pick<Ledger, 'catalogue'>
  readonly store: ObjectStore
  readonly clock: Clock
  readonly log: Log
}

/** Results in one file. */
const batch = 1000
/** How often what is new is written, milliseconds: so much is missing at most when the ledger is lost. */
const everyMs = 60_000
/** Rest after a full file, milliseconds: a ledger that has never been catalogued is not read at a stretch. */
const restMs = 100
/** A supervisor that leaves writes what is new once more, and takes no longer than this, milliseconds. */
const lastMs = 2000

/**
 * Keeps in the store what the ledger knows of the raw responses there, until the signal aborts: without it nobody could say of which stream an
 * object is. Only the leader among the supervisors runs it; two of them at once write the same twice.
 */
export async function keepCatalogue(parts: CatalogueParts, signal: AbortSignal): Promise<void> {
  const { clock, log } = parts
  const catalogue = new Catalogue(parts)
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {})
    const within = signal.aborted ? AbortSignal.timeout(lastMs) : signal
    await catalogue.write(within).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'what is in the store could not be catalogued')
    })
  }
}

export class Catalogue {
  readonly #parts: CatalogueParts
  #place: { readonly ledger: string; position: FeedPosition } | undefined

  constructor(parts: CatalogueParts) {
    this.#parts = parts
  }

  /** Writes what is not written yet. Answers how many results that were. */
  async write(signal: AbortSignal): Promise<number> {
    const { ledger, store, clock } = this.#parts
    const place = (this.#place ??= await this.#find(signal))
    for (let written = 0; ;) {
      signal.throwIfAborted()
      const next = await ledger.catalogue.after(place.position, batch)
      if (next === undefined) return written
      const key = batchKey(place.ledger, next.position)
      await store.put(key, await packBatch(next), { contentType: 'application/zstd', signal })
      place.position = next.position
      written += next.results.length
      if (next.results.length < batch) return written
      await clock.sleep(restMs, signal)
    }
  }

  /** Where the last leader stopped. */
  async #find(signal: AbortSignal): Promise<{ readonly ledger: string; position: FeedPosition }> {
    const ledger = await this.#parts.ledger.catalogue.identity()
    let position: FeedPosition = { txid: '0', seq: -1 }
    for await (const { key } of this.#parts.store.list(`${catalogueBucket}/${ledger}/`, signal)) {
      position = readBatchKey(key)?.position ?? position
    }
    return { ledger, position }
  }
}
