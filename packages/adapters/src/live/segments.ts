import type { Clock, Json } from '@data-weaver/contracts'
import { type LiveMessage, type Segment, segmentLine } from './segment.ts'

/** When a segment is full: at the first of these. */
export interface SegmentLimits {
  readonly messages: number
  /** Of the segment as it is stored. A single message may be larger. */
  readonly bytes: number
  /** From its first message on, milliseconds. */
  readonly ms: number
  /** The same for the first segment of all. Default `ms`. */
  readonly firstMs?: number
}

/**
 * Gathers messages into segments. A source that ends or fails gives what was gathered first. `drain` does the same and ends in good
 * order; the signal ends at once with its reason. While a segment is being stored nothing is taken from the source, which therefore has
 * to be slowed down by that.
 */
export async function* segments(
  source: AsyncIterable<LiveMessage>,
  limits: SegmentLimits,
  clock: Clock,
  drain: AbortSignal,
  signal: AbortSignal,
): AsyncGenerator<Segment> {
  const iterator = source[Symbol.asyncIterator]()
  const bell = new Bell()
  const timer = new Timer(clock, bell)
  const ring = () => bell.ring()
  drain.addEventListener('abort', ring)
  signal.addEventListener('abort', ring)
  let allowedMs = limits.firstMs ?? limits.ms
  let gathered = new Gathered()
  const take = (): Segment => {
    const segment = gathered.segment()
    gathered = new Gathered()
    timer.stop()
    allowedMs = limits.ms
    return segment
  }
  try {
    let arrival = new Arrival(iterator.next(), bell)
    for (;;) {
      while (arrival.open && !timer.due && !drain.aborted && !signal.aborted) await bell.heard()
      signal.throwIfAborted()
      const message = arrival.message
      if (message !== undefined) {
        const line = segmentLine(message)
        const bytes = Buffer.byteLength(line)
        if (gathered.messages > 0 && gathered.bytes + bytes > limits.bytes) yield take()
        if (gathered.messages === 0) timer.start(allowedMs)
        gathered.add(line, bytes, message)
        arrival = new Arrival(iterator.next(), bell)
        if (gathered.messages < limits.messages && gathered.bytes < limits.bytes && !drain.aborted) continue
      }
      if (gathered.messages > 0) yield take()
      if (drain.aborted) return
      if (arrival.failed) throw arrival.error
      if (arrival.done) return
    }
  } finally {
    timer.stop()
    drain.removeEventListener('abort', ring)
    signal.removeEventListener('abort', ring)
    // Not awaited: a source that is silent answers only when its connection is closed, which is up to whoever opened it.
    iterator.return?.().catch(() => {})
  }
}

class Gathered {
  readonly #lines: string[] = []
  bytes = 0
  #lastAt = 0
  #position: Json | undefined

  get messages(): number {
    return this.#lines.length
  }

  add(line: string, bytes: number, { at, position }: LiveMessage): void {
    this.#lines.push(line)
    this.bytes += bytes
    this.#lastAt = at
    if (position !== undefined) this.#position = position
  }

  segment(): Segment {
    return { body: Buffer.from(this.#lines.join('')), messages: this.messages, lastAt: this.#lastAt, position: this.#position }
  }
}

/** What one waits for where several things may happen. Racing promises would leave a trace in each of them that lives on. */
class Bell {
  #wake: (() => void) | null = null
  #rung = false

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves when it rings, or has rung since the last time. */
  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = null
    this.#rung = false
  }
}

/** The next message, on its way. */
class Arrival {
  open = true
  message: LiveMessage | undefined
  done = false
  failed = false
  error: unknown

  constructor(next: Promise<IteratorResult<LiveMessage>>, bell: Bell) {
    next.then(
      (result) => {
        this.open = false
        if (result.done === true) this.done = true
        else this.message = result.value
        bell.ring()
      },
      (error: unknown) => {
        this.open = false
        this.failed = true
        this.error = error
        bell.ring()
      },
    )
  }
}

class Timer {
  due = false
  readonly #clock: Clock
  readonly #bell: Bell
  #running: AbortController | null = null

  constructor(clock: Clock, bell: Bell) {
    this.#clock = clock
    this.#bell = bell
  }

  start(ms: number): void {
    const running = new AbortController()
    this.#running = running
    this.#clock.sleep(ms, running.signal).then(
      () => {
        if (this.#running !== running) return
        this.due = true
        this.#bell.ring()
      },
      () => {},
    )
  }

  stop(): void {
    this.due = false
    const running = this.#running
    this.#running = null
    running?.abort()
  }
}
