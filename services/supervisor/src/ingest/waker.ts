import type { SupervisorParts } from '../parts.ts'

type Delivery = Parameters<SupervisorParts['queue']['wakeDeliveries']>[0][number]

/** Deliveries that wait for the queue. Beyond them the reconciler wakes what nobody has woken. */
const mostGathered = 20_000

/** Wakes workers for deliveries, those that come together in one call. The commit is what counts: nobody waits for this. */
export class Waker {
  readonly #parts: Pick<SupervisorParts, 'queue' | 'log'>
  #gathered: Delivery[] = []
  #busy = false

  constructor(parts: Pick<SupervisorParts, 'queue' | 'log'>) {
    this.#parts = parts
  }

  wake(lane: string, ids: readonly string[]): void {
    if (this.#gathered.length >= mostGathered) return
    for (const id of ids) this.#gathered.push({ lane, id })
    if (!this.#busy) void this.#flush()
  }

  async #flush(): Promise<void> {
    const { queue, log } = this.#parts
    this.#busy = true
    while (this.#gathered.length > 0) {
      const batch = this.#gathered
      this.#gathered = []
      await queue
        .wakeDeliveries(batch)
        .catch((error: unknown) => log.warn({ err: error, deliveries: batch.length }, 'deliveries not queued'))
    }
    this.#busy = false
  }
}
