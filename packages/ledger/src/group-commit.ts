import type { Clock } from '@data-weaver/contracts'

/** Largest number of items in one shared statement. */
const maxBatch = 200
/**
 * A statement over 16 items costs Postgres about twice the CPU of one over a single item (`bench/ledger-cost.ts`): it is worth waiting a moment for
 * so many.
 */
const worthwhile = 24
/** The longest such wait, milliseconds, and how many items must be expected in it. */
const patienceMs = 24
const leastExpected = 4
/** Batches under way at once where few items come: sharing would save little, and waiting for one another costs time. */
const mostAtOnce = 4
/** How much the latest interval between two items counts for the expected one, and the longest that counts, milliseconds. */
const weight = 0.1
const longestIntervalMs = 100

/** Made once: an abort without a reason makes an error with a stack each time. */
const enough = new Error('enough have gathered')

/**
 * Lets concurrent callers share one statement: while a batch is under way, new items gather; when it ends, all that gathered go
 * together. When a shared batch fails, each of its items is tried alone, so that one item's bad data cannot fail its neighbours.
 *
 * A lone item goes at once. With a clock, a batch waits up to 24 ms when items come so quickly that several more can be expected in that
 * time: under load the cost of a statement is shared by more. Where little happens nobody waits, nor for the batch under way, up to four of them.
 */
export function groupCommit<T, R>(work: (items: readonly T[]) => Promise<readonly R[]>, clock?: Clock): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T
    readonly resolve: (result: R) => void
    readonly reject: (error: unknown) => void
  }
  const gathered: Waiting[] = []
  const pace = clock === undefined ? undefined : new Pace(clock)
  let underWay = 0
  let scheduled = false
  let full: AbortController | undefined

  const mayGo = (): boolean => underWay === 0 || (underWay < mostAtOnce && pace?.calm === true)

  const flush = async (): Promise<void> => {
    const batch = gathered.splice(0, maxBatch)
    underWay += 1
    try {
      await settle(batch)
    } finally {
      underWay -= 1
      schedule()
    }
  }

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await work(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as R)
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error)
      else for (const waiting of batch) await settle([waiting])
    }
  }

  const go = (): void => {
    scheduled = false
    full = undefined
    if (gathered.length > 0 && mayGo()) void flush()
  }

  const schedule = (): void => {
    if (scheduled || gathered.length === 0 || !mayGo()) return
    scheduled = true
    const waitMs = pace?.wait(gathered.length) ?? 0
    if (clock === undefined || waitMs === 0) {
      // After the current input has been handled: what arrived with it joins the batch.
      setImmediate(go)
      return
    }
    full = new AbortController()
    clock.sleep(waitMs, full.signal).then(go, go)
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      gathered.push({ item, resolve, reject })
      pace?.note()
      if (full !== undefined && gathered.length >= worthwhile) full.abort(enough)
      else schedule()
    })
}

/** How quickly items have come lately. */
class Pace {
  readonly #clock: Clock
  #last = -Infinity
  #intervalMs = longestIntervalMs

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(): void {
    const now = this.#clock.monotonic()
    this.#intervalMs += weight * (Math.min(now - this.#last, longestIntervalMs) - this.#intervalMs)
    this.#last = now
  }

  /** So few come that hardly any would share a statement. */
  get calm(): boolean {
    return this.#intervalMs * leastExpected > patienceMs
  }

  /** How long a batch of so many should wait for more, milliseconds; 0 when few can be expected. */
  wait(gathered: number): number {
    const missing = worthwhile - gathered
    if (missing <= 0 || this.calm) return 0
    return Math.min(patienceMs, Math.ceil(this.#intervalMs * missing))
  }
}
