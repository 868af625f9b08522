import type { SupervisorParts } from './parts.ts'

/** How long what was read counts, milliseconds. */
const freshMs = 5000

/** The lanes that queues exist for, read from the ledger now and then. */
export class KnownLanes {
  readonly #parts: Pick<SupervisorParts, 'ledger' | 'clock' | 'log'>
  #lanes: readonly string[] = ['default']
  #readAt = -Infinity

  constructor(parts: Pick<SupervisorParts, 'ledger' | 'clock' | 'log'>) {
    this.#parts = parts
  }

  /** Never fails: without the ledger it is what was known last. */
  async list(): Promise<readonly string[]> {
    const { ledger, clock, log } = this.#parts
    if (clock.monotonic() - this.#readAt < freshMs) return this.#lanes
    try {
      this.#lanes = [...new Set(['default', ...(await ledger.reconcile.lanes())])].toSorted()
      this.#readAt = clock.monotonic()
    } catch (error) {
      log.warn({ err: error }, 'lanes could not be read')
    }
    return this.#lanes
  }
}
