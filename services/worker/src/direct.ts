import type { Log } from '@data-weaver/contracts'
import type { PendingDelivery } from '@data-weaver/ledger'
import type { Carrier } from './sink.ts'
import type { Slots } from './slots.ts'

/** Deliveries that one load carries at most: small ones share a call to their sink. */
const mostPerLoad = 64
/** Deliveries that may wait here for a place; more go by the queue, to whichever worker is free. */
const mostWaiting = 512

/**
 * The short way to the sinks: what this worker has just committed, and has the page of in memory, it carries at once when it has a
 * place free for it. The queued sink job and the reconciler stay the sure way: a delivery that is begun here and never ends is taken up
 * by them.
 */
export class DirectDelivery {
  readonly #carrier: Carrier
  readonly #slots: Slots
  readonly #log: Log
  readonly #waiting = new Map<string, PendingDelivery[]>()
  /** Promised or waiting. */
  #open = 0
  #scheduled = false
  #inLine = false
  #closed = false

  constructor(carrier: Carrier, slots: Slots, log: Log) {
    this.#carrier = carrier
    this.#slots = slots
    this.#log = log
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

  carry(lane: string, deliveries: readonly PendingDelivery[]): void {
    this.#open += deliveries.length - 1
    const line = this.#waiting.get(lane)
    if (line === undefined) this.#waiting.set(lane, [...deliveries])
    else line.push(...deliveries)
    if (this.#scheduled) return
    this.#scheduled = true
    // What is committed in the same moment joins the load.
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  /** Takes nothing more; answers the deliveries that wait, for the queue. */
  close(): readonly { readonly lane: string; readonly id: string; readonly attempt: number }[] {
    this.#closed = true
    const left = [...this.#waiting].flatMap(([lane, line]) => line.map(({ id, attempts }) => ({ lane, id, attempt: attempts })))
    this.#waiting.clear()
    return left
  }

  #pump(): void {
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined) return
      const [lane, line] = next
      if (!this.#slots.tryTake(lane)) return this.#pumpLater(lane)
      // Lanes take turns: this one goes to the end when more is left of it.
      this.#waiting.delete(lane)
      const load = line.splice(0, mostPerLoad)
      if (line.length > 0) this.#waiting.set(lane, line)
      this.#open -= load.length
      void this.#carrier
        .carry(load)
        .catch((error: unknown) => this.#log.warn({ err: error, deliveries: load.length }, 'deliveries were not carried at once'))
        .finally(() => {
          this.#slots.release(lane)
          this.#pump()
        })
    }
  }

  /** All places are in use: the next one that falls free is for what waits here. */
  #pumpLater(lane: string): void {
    if (this.#inLine) return
    this.#inLine = true
    void this.#slots.take(lane).then(() => {
      this.#inLine = false
      this.#slots.release(lane)
      this.#pump()
    })
  }
}
