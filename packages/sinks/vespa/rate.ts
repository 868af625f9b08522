import type { Clock } from '@data-weaver/contracts'

/** Seconds over which a rate is taken. */
const seconds = 10

/** How many a second, over the last ten seconds. */
export class RateMeter {
  readonly #clock: Clock
  readonly #counts = new Float64Array(seconds + 1)
  readonly #begun: number
  #second: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#begun = clock.monotonic()
    this.#second = Math.floor(this.#begun / 1000)
  }

  add(count: number): void {
    this.#moveOn()
    const at = this.#second % this.#counts.length
    this.#counts[at] = (this.#counts[at] ?? 0) + count
  }

  get perSecond(): number {
    this.#moveOn()
    const now = this.#clock.monotonic()
    // The second under way counts for as much of it as has passed.
    const span = Math.min(now - this.#begun, seconds * 1000 + (now - this.#second * 1000))
    return span < 1 ? 0 : (this.#counts.reduce((sum, count) => sum + count, 0) * 1000) / span
  }

  #moveOn(): void {
    const now = Math.floor(this.#clock.monotonic() / 1000)
    const steps = Math.min(now - this.#second, this.#counts.length)
    for (let step = 1; step <= steps; step++) this.#counts[(now - steps + step) % this.#counts.length] = 0
    this.#second = now
  }
}
