import type { Clock } from '@data-weaver/contracts'

export interface Deadline {
  readonly at: number
  expire(): void
}

/** No single sleep is longer than this, so that a far deadline cannot overflow a timer. */
const LONGEST_SLEEP_MS = 3_600_000

/**
 * Many deadlines on one sleep of the clock. Nearly every request ends long before its deadline, so setting and clearing one must cost
 * next to nothing: both are an operation on a set, and only a deadline nearer than all others touches the clock.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #pending = new Set<Deadline>()
  #wakeAt = Infinity
  #wake = new AbortController()
  #sleeping: Promise<void> | null = null
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `expire` once when `ms` milliseconds have gone by, unless the deadline is cleared before. */
  set(ms: number, expire: () => void): Deadline {
    const deadline = { at: this.#clock.monotonic() + ms, expire }
    this.#pending.add(deadline)
    if (this.#sleeping === null) this.#sleeping = this.#sleep()
    else if (deadline.at < this.#wakeAt) this.#wake.abort()
    return deadline
  }

  clear(deadline: Deadline): void {
    this.#pending.delete(deadline)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#pending.clear()
    this.#wake.abort()
    await this.#sleeping
  }

  async #sleep(): Promise<void> {
    while (this.#pending.size > 0 && !this.#closed) {
      let next = Infinity
      for (const deadline of this.#pending) next = Math.min(next, deadline.at)
      this.#wakeAt = next
      this.#wake = new AbortController()
      const ms = Math.min(Math.max(next - this.#clock.monotonic(), 0), LONGEST_SLEEP_MS)
      // Being woken is no failure: a nearer deadline was set, or the end has come.
      await this.#clock.sleep(ms, this.#wake.signal).catch(() => {})
      const now = this.#clock.monotonic()
      for (const deadline of this.#pending) {
        if (deadline.at > now || !this.#pending.delete(deadline)) continue
        deadline.expire()
      }
    }
    this.#wakeAt = Infinity
    this.#sleeping = null
  }
}
