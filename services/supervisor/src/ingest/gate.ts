import { WeaverError } from '@data-weaver/contracts'
import { type Backlog, mostCounted } from '@data-weaver/ledger'
import type { SupervisorParts } from '../parts.ts'
import type { Target } from './targets.ts'

/** Requests that one process has in hand, and bytes of their bodies. When store or ledger are slow these fill up, and more is refused. */
const mostInHand = 512
const mostBytesInHand = 128 * 1024 * 1024
/** Requests whose sender is not known before the body is read, so that strangers cannot take all places. */
const mostUnproven = 256
/** How old the count of what waits may be, milliseconds. */
const countedForMs = 1000
/** When it makes sense to try again, milliseconds. */
const retryOverloadedMs = 1000
const retryBacklogMs = 5000

/** Refuses in time what could not be dealt with. */
export class Gate {
  readonly #parts: Pick<SupervisorParts, 'ledger' | 'clock' | 'log'>
  #inHand = 0
  #bytes = 0
  #unproven = 0
  #backlog: Backlog = { all: 0, byStream: new Map() }
  /** What was committed here since the count was begun. */
  readonly #since = new Map<string, number>()
  #committed = 0
  #countedAt = -Infinity
  #counting: Promise<void> | undefined

  constructor(parts: Pick<SupervisorParts, 'ledger' | 'clock' | 'log'>) {
    this.#parts = parts
  }

  /**
   * A place for a request whose body has at most so many bytes. Answers what gives it back.
   * @throws WeaverError `overloaded`
   */
  enter(bytes: number, proven: boolean): () => void {
    const full = this.#inHand >= mostInHand || this.#bytes + bytes > mostBytesInHand || (!proven && this.#unproven >= mostUnproven)
    if (full)
      throw new WeaverError('overloaded', 'this process has as many requests in hand as it can; try again soon', {
        retryAfterMs: retryOverloadedMs,
      })
    this.#inHand += 1
    this.#bytes += bytes
    if (!proven) this.#unproven += 1
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inHand -= 1
      this.#bytes -= bytes
      if (!proven) this.#unproven -= 1
    }
  }

  /** @throws WeaverError `backlog_full` when too much of the stream, or of all, waits for its sinks. */
  async demandRoom({ stream, config }: Target, fallback: number): Promise<void> {
    await this.#count()
    const limit = config.maxPending ?? fallback
    const pending = (this.#backlog.byStream.get(stream.id) ?? 0) + (this.#since.get(stream.id) ?? 0)
    const all = this.#backlog.all + this.#committed
    if (pending < limit && all < mostCounted) return
    const what = pending < limit ? `${all} results of all streams wait` : `${pending} results of the stream wait, and ${limit} may`
    throw new WeaverError('backlog_full', `${what}; try again when they are delivered`, { retryAfterMs: retryBacklogMs })
  }

  committed(streamId: string, deliveries: number): void {
    this.#since.set(streamId, (this.#since.get(streamId) ?? 0) + deliveries)
    this.#committed += deliveries
  }

  /** Counts at most once a second, whoever asks; who comes meanwhile goes by the count before. */
  async #count(): Promise<void> {
    const { ledger, clock, log } = this.#parts
    if (clock.monotonic() - this.#countedAt < countedForMs) return
    const first = this.#countedAt === -Infinity
    this.#counting ??= ledger.ingest
      .backlog()
      .then(
        (backlog) => {
          this.#backlog = backlog
          this.#since.clear()
          this.#committed = 0
        },
        // Without the ledger nothing is committed either: that says it better.
        (error: unknown) => log.warn({ err: error }, 'what waits for sinks could not be counted'),
      )
      .finally(() => {
        this.#countedAt = clock.monotonic()
        this.#counting = undefined
      })
    if (first) await this.#counting
  }
}
