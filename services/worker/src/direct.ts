import type { Clock, Log } from '@data-weaver/contracts'
import type { Ledger, PendingDelivery } from '@data-weaver/ledger'
import type { Carrier } from './sink.ts'
import type { Slots } from './slots.ts'

/** Deliveries that one load carries at most: small ones share a call to their sink. */
const mostPerLoad = 64
/** Deliveries that may wait here for a place; more go by the queue, to whichever worker is free. */
const mostWaiting = 512
/** What has waited here for longer may have been stopped, or be with another worker, by now: the ledger is asked first, milliseconds. */
const longWaitMs = 1500

export interface DirectDependencies {
  readonly ledger: Pick<Ledger, 'renewDeliveries' | 'acknowledge'>
  readonly workerId: string
  readonly carrier: Carrier
  readonly slots: Slots
  readonly clock: Clock
  readonly log: Log
}

interface Waiting {
  readonly delivery: PendingDelivery
  /** When the ledger was asked and said that it is ours, monotonic milliseconds. */
  readonly provenAt: number
}

/**
 * The short way to the sinks: what this worker has just committed, and has the page of in memory, it carries at once when it has a
 * place free for it. The queued sink job and the reconciler stay the sure way: a delivery that is begun here and never ends is taken up
 * by them.
 */
export class DirectDelivery {
  readonly #dependencies: DirectDependencies
  readonly #waiting = new Map<string, Waiting[]>()
  /** Promised or waiting. */
  #open = 0
  #scheduled = false
  #inLine = false
  #closed = false

  constructor(dependencies: DirectDependencies) {
    this.#dependencies = dependencies
  }

  /** Whether the deliveries of a page that is about to be committed can be carried here; {@link carry} or {@link cancel} must follow. */
  promise(): boolean {
    if (this.#closed || this.#open >= mostWaiting) return false
    this.#open += 1
    return true
  }

  /** The promise is not needed: there is nothing to carry. */
  cancel(): void {
    this.#open -= 1
  }

  /** `askedAt`: when their commit began at the earliest, monotonic milliseconds. */
  carry(lane: string, deliveries: readonly PendingDelivery[], askedAt: number): void {
    this.#open += deliveries.length - 1
    const added = deliveries.map((delivery) => ({ delivery, provenAt: askedAt }))
    const line = this.#waiting.get(lane)
    if (line === undefined) this.#waiting.set(lane, added)
    else line.push(...added)
    if (this.#scheduled) return
    this.#scheduled = true
    // What is committed in the same moment joins the load.
    queueMicrotask(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  /** Takes nothing more, and gives back what waits; answers it, for the queue. */
  async close(): Promise<readonly { readonly lane: string; readonly id: string }[]> {
    this.#closed = true
    const left = [...this.#waiting].flatMap(([lane, line]) => line.map(({ delivery }) => ({ lane, delivery })))
    this.#waiting.clear()
    // They were begun here: whoever is woken for one may only take it when nobody carries it any more.
    await this.#giveBack(left.map(({ delivery }) => delivery))
    return left.map(({ lane, delivery: { id } }) => ({ lane, id }))
  }

  #pump(): void {
    const { slots, log } = this.#dependencies
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined) return
      const [lane, line] = next
      if (!slots.tryTake(lane)) return this.#pumpLater(lane)
      // Lanes take turns: this one goes to the end when more is left of it.
      this.#waiting.delete(lane)
      const load = line.splice(0, mostPerLoad)
      if (line.length > 0) this.#waiting.set(lane, line)
      this.#open -= load.length
      void this.#carry(load)
        .catch((error: unknown) => log.warn({ err: error, deliveries: load.length }, 'deliveries were not carried at once'))
        .finally(() => {
          slots.release(lane)
          this.#pump()
        })
    }
  }

  async #carry(load: readonly Waiting[]): Promise<void> {
    const { ledger, workerId, carrier, clock } = this.#dependencies
    const now = clock.monotonic()
    const long = load.filter(({ provenAt }) => now - provenAt > longWaitMs).map(({ delivery }) => delivery)
    const gone = await ledger.renewDeliveries(workerId, long)
    const deliveries = load.map(({ delivery }) => delivery)
    await this.#giveBack(deliveries.filter(({ id }) => gone.has(id)))
    const provenAt = load.reduce((oldest, each) => (now - each.provenAt > longWaitMs ? oldest : Math.min(oldest, each.provenAt)), now)
    await carrier.carry(
      deliveries.filter(({ id }) => !gone.has(id)),
      provenAt,
    )
  }

  async #giveBack(deliveries: readonly PendingDelivery[]): Promise<void> {
    const { ledger, log } = this.#dependencies
    const back = { state: 'retry', records: 0, documents: 0, refusals: [], error: null, retryAfterMs: 0 } as const
    await Promise.all(
      deliveries.map(({ id: deliveryId, attempts: attempt }) =>
        ledger.acknowledge({ ...back, deliveryId, attempt }).catch((error: unknown) => log.warn({ err: error }, 'delivery not given back')),
      ),
    )
  }

  /** All places are in use: the next one that falls free is for what waits here. */
  #pumpLater(lane: string): void {
    if (this.#inLine) return
    this.#inLine = true
    const { slots } = this.#dependencies
    void slots.take(lane).then(() => {
      this.#inLine = false
      slots.release(lane)
      this.#pump()
    })
  }
}
