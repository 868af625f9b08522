import type { Clock } from '@data-weaver/contracts'

/** A bell for one who waits: a ring that comes while nobody waits is kept for the next wait. */
export class WakeUp {
  readonly #clock: Clock
  #rung = Promise.withResolvers<void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung.resolve()
  }

  /** Waits for a ring, at most `limitMs`; answers whether it rang. The signal ends the wait as well. */
  async wait(limitMs: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const slept = this.#clock.sleep(limitMs, AbortSignal.any([signal, over.signal])).then(
      () => false,
      () => false,
    )
    const rang = await Promise.race([this.#rung.promise.then(() => true), slept])
    over.abort()
    if (rang) this.#rung = Promise.withResolvers()
    return rang
  }
}
