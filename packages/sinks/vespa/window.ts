import type { Clock } from '@data-weaver/contracts'

export interface WindowLimits {
  readonly least: number
  readonly first: number
  readonly most: number
  /** Shortest time over which throughput is measured, milliseconds. */
  readonly roundMs: number
  /** Rounds at one size before a larger one is tried again. */
  readonly holdRounds: number
}

export const defaultWindow: WindowLimits = { least: 1, first: 16, most: 256, roundMs: 100, holdRounds: 10 }

/** What a finished operation says about the other side. `other`: neither that it works nor that it is too much. */
export type Verdict = 'done' | 'overloaded' | 'other'

interface Waiter {
  enter(): void
  fail(reason: unknown): void
}

interface Queue {
  readonly waiters: Waiter[]
  readonly onAbort: () => void
}

/**
 * How many operations may be under way at once. It grows while more operations bring more throughput, goes back a step when they do not, and
 * halves when the other side says that it is too much. Those who wait take turns by signal, so that one large batch does not hold up the others.
 */
export class Window {
  readonly #clock: Clock
  readonly #limits: WindowLimits
  readonly #queues = new Map<AbortSignal, Queue>()
  #size: number
  #inFlight = 0
  #halvedAt = Number.NEGATIVE_INFINITY
  /** Size that was left for the present one, and the throughput it had; 0: nothing to compare with. */
  #formerSize = 0
  #formerRate = 0
  #held = 0
  #round = { begin: 0, done: 0, saturated: false }

  constructor(clock: Clock, limits: WindowLimits = defaultWindow) {
    this.#clock = clock
    this.#limits = limits
    this.#size = limits.first
    // The first sizes are tried at once.
    this.#held = limits.holdRounds
    this.#round.begin = clock.monotonic()
  }

  get size(): number {
    return this.#size
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Waits for a place. Rejects with the signal's reason when it aborts first. Who got one must {@link release} it. */
  acquire(signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted()
    if (this.#inFlight < this.#size && this.#queues.size === 0) {
      this.#take()
      return undefined
    }
    this.#round.saturated = true
    return new Promise((resolve, reject) => this.#queueOf(signal).waiters.push({ enter: resolve, fail: reject }))
  }

  /** @param beganAt when the operation was sent, by the monotonic clock */
  release(verdict: Verdict, beganAt: number): void {
    this.#inFlight -= 1
    if (verdict === 'overloaded') this.#halve(beganAt)
    else if (verdict === 'done') this.#count()
    while (this.#inFlight < this.#size && this.#admit());
  }

  #take(): void {
    this.#inFlight += 1
    if (this.#inFlight >= this.#size) this.#round.saturated = true
  }

  #queueOf(signal: AbortSignal): Queue {
    const known = this.#queues.get(signal)
    if (known !== undefined) return known
    const onAbort = () => {
      this.#queues.delete(signal)
      for (const { fail } of queue.waiters) fail(signal.reason)
    }
    const queue: Queue = { waiters: [], onAbort }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#queues.set(signal, queue)
    return queue
  }

  /** Lets the next one in; false when nobody waits. */
  #admit(): boolean {
    for (const [signal, queue] of this.#queues) {
      const waiter = queue.waiters.shift()
      this.#queues.delete(signal)
      // Behind the others: they take turns.
      if (queue.waiters.length > 0) this.#queues.set(signal, queue)
      else signal.removeEventListener('abort', queue.onAbort)
      if (waiter === undefined) continue
      this.#take()
      waiter.enter()
      return true
    }
    return false
  }

  /** Once per window: what was sent before the last halving says nothing about the size after it. */
  #halve(beganAt: number): void {
    const now = this.#clock.monotonic()
    if (beganAt < this.#halvedAt) return
    this.#halvedAt = now
    this.#size = Math.max(this.#limits.least, Math.floor(this.#size / 2))
    this.#settle(now)
  }

  #count(): void {
    const round = this.#round
    round.done += 1
    if (round.done < 2 * this.#size) return
    const now = this.#clock.monotonic()
    const elapsed = now - round.begin
    if (elapsed < this.#limits.roundMs) return
    // When not every place was wanted, the throughput says nothing about the size.
    if (round.saturated) this.#adapt(round.done / elapsed, now)
    else this.#newRound(now)
  }

  #adapt(rate: number, now: number): void {
    if (this.#formerSize > 0) {
      if (rate > this.#formerRate * 1.05) return this.#grow(rate, now)
      // As fast with fewer: more only wait longer on the other side.
      this.#size = Math.min(this.#size, this.#formerSize)
      return this.#settle(now)
    }
    this.#held += 1
    if (this.#held >= this.#limits.holdRounds) return this.#grow(rate, now)
    this.#newRound(now)
  }

  #grow(rate: number, now: number): void {
    const larger = Math.min(this.#limits.most, this.#size + Math.max(1, Math.floor(this.#size / 2)))
    if (larger === this.#size) return this.#settle(now)
    this.#formerSize = this.#size
    this.#formerRate = rate
    this.#size = larger
    this.#newRound(now)
  }

  #settle(now: number): void {
    this.#formerSize = 0
    this.#formerRate = 0
    this.#held = 0
    this.#newRound(now)
  }

  #newRound(now: number): void {
    this.#round = { begin: now, done: 0, saturated: this.#inFlight >= this.#size }
  }
}
