import { type Clock, type SinkStatistics, WeaverError } from '@data-weaver/contracts'
import { type Connections, exchange, LostConnection, type Reply, type Request } from './exchange.ts'
import { Lanes } from './lanes.ts'
import { LatencyRing } from './latency.ts'
import { type Verdict, Window, type WindowLimits } from './window.ts'

export interface FeederLimits {
  /** Longest time that Vespa may take for one operation, milliseconds. */
  readonly operationMs: number
  /** How much longer an answer is waited for, to hear Vespa say that it took too long, milliseconds. */
  readonly graceMs: number
  /** Times that one operation is sent although the connection broke or Vespa was not available (502, 503). */
  readonly attempts: number
  /** Times that one operation is sent although Vespa did not finish it in time (504). */
  readonly timeouts: number
  /** First back-off, milliseconds; doubles from there, with full jitter. */
  readonly firstBackoffMs: number
  readonly longestBackoffMs: number
  /** How long nothing is sent after Vespa said that it is full (507), milliseconds. */
  readonly pauseMs: number
  readonly window: WindowLimits
}

export interface FeederParts {
  readonly pool: Connections
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly limits: FeederLimits
}

/** What the feeder knows of how the sink does. */
export type FeederStatistics = Pick<SinkStatistics, 'window' | 'inFlight' | 'overloads' | 'retries' | 'latencyMs'>

/** A back-off before the same operation is sent again, by what went wrong so far. */
interface Failures {
  overloads: number
  lost: number
  timeouts: number
}

/** Statuses that say that the one document is at fault. 500 among them: Vespa answers so to a tensor of the wrong size. */
const refusals: ReadonlySet<number> = new Set([400, 413, 414, 415, 422, 431, 500])
/** Whoever is on the way may say that a document is too large. */
const ofSize: ReadonlySet<number> = new Set([413, 414, 431])

/**
 * Sends operations to one Vespa: no more at once than the window, those on one document one after the other, and again where that can help.
 * All streams with the same sink share it, so that they share what it learnt about Vespa's pace.
 */
export class Feeder {
  readonly #parts: FeederParts
  readonly #window: Window
  readonly #lanes = new Lanes()
  readonly #latencies = new LatencyRing(1024)
  #fullUntil = Number.NEGATIVE_INFINITY
  #fullMessage = ''
  #overloads = 0
  #retries = 0

  constructor(parts: FeederParts) {
    this.#parts = parts
    this.#window = new Window(parts.clock, parts.limits.window)
  }

  /** @throws WeaverError `sink_full` while the sink is paused. */
  refuseWhileFull(): void {
    const { clock } = this.#parts
    const left = this.#fullUntil - clock.monotonic()
    if (left > 0) throw new WeaverError('sink_full', this.#fullMessage, { retryAfterMs: Math.ceil(left) })
  }

  /** Runs `work` when no other work on the document is under way in this process, in the order of the calls. */
  async inOrder<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#lanes.enter(path, signal)
    try {
      return await work()
    } finally {
      this.#lanes.leave(path)
    }
  }

  /**
   * Sends until there is an answer that is about the document: done (2xx), superseded (412), not there (404 to a read), or refused (400, 413,
   * 500). Rejects with the signal's reason.
   * @throws WeaverError `sink_full`, `sink_unavailable`
   */
  async answer(request: Request, signal: AbortSignal): Promise<Reply> {
    const failures: Failures = { overloads: 0, lost: 0, timeouts: 0 }
    for (;;) {
      const reply = await this.#send(request, signal)
      if (isAnswer(request, reply)) return reply
      const failed = this.#judge(request, reply, failures)
      await this.#parts.clock.sleep(this.#backoff(failed), signal)
    }
  }

  statistics(): FeederStatistics {
    return {
      window: this.#window.size,
      inFlight: this.#window.inFlight,
      overloads: this.#overloads,
      retries: this.#retries,
      latencyMs: {
        p50: this.#latencies.percentile(0.5),
        p90: this.#latencies.percentile(0.9),
        p99: this.#latencies.percentile(0.99),
      },
    }
  }

  async #send(request: Request, signal: AbortSignal): Promise<Reply | LostConnection> {
    const { pool, clock, limits } = this.#parts
    await this.#window.acquire(signal)
    const begin = clock.monotonic()
    let verdict: Verdict = 'other'
    try {
      const reply = await exchange(pool, request, limits.operationMs + limits.graceMs, signal)
      if (reply instanceof LostConnection) return reply
      if (reply.status === 429) verdict = 'overloaded'
      else if (isAnswer(request, reply)) {
        verdict = 'done'
        this.#latencies.add(clock.monotonic() - begin)
      }
      return reply
    } finally {
      this.#window.release(verdict, begin)
    }
  }

  /** How often this went wrong, when it should be sent again. @throws WeaverError when it should not. */
  #judge(request: Request, reply: Reply | LostConnection, failures: Failures): number {
    const { limits } = this.#parts
    if (reply instanceof LostConnection) {
      if (++failures.lost >= limits.attempts) throw unavailable(`cannot be reached (${reply.code})`)
      this.#retries += 1
      return failures.lost
    }
    const { status } = reply
    if (status === 429) {
      this.#overloads += 1
      return ++failures.overloads
    }
    if (status === 507) throw this.#full(reply)
    if (status === 504 || status === 408) {
      if (++failures.timeouts >= limits.timeouts) throw unavailable(`did not finish an operation in time, ${failures.timeouts} times`)
      this.#retries += 1
      return failures.timeouts
    }
    if (status >= 500) {
      if (++failures.lost >= limits.attempts) throw unavailable(`is not available (${status}${messageOf(reply, ': ')})`)
      this.#retries += 1
      return failures.lost
    }
    throw unavailable(`does not take documents at this address: ${request.method} was answered with ${status}`)
  }

  #full(reply: Reply): WeaverError {
    const { clock, limits } = this.#parts
    this.#fullUntil = clock.monotonic() + limits.pauseMs
    this.#fullMessage = `Vespa is full and takes no more documents${messageOf(reply, ': ')}`
    return new WeaverError('sink_full', this.#fullMessage, { retryAfterMs: limits.pauseMs })
  }

  #backoff(failed: number): number {
    const { random, limits } = this.#parts
    return random() * Math.min(limits.longestBackoffMs, limits.firstBackoffMs * 2 ** Math.min(failed - 1, 20))
  }
}

export const unavailable = (problem: string): WeaverError => new WeaverError('sink_unavailable', `Vespa ${problem}`)

/** A gateway in between has statuses of its own, for a certificate that is missing for one, and says them in HTML: they concern no document. */
export const isRefusal = ({ status, body }: Reply): boolean =>
  refusals.has(status) && (ofSize.has(status) || body.trimStart().startsWith('{'))

/** Whether there is nothing to send again. */
function isAnswer({ method }: Request, reply: Reply | LostConnection): reply is Reply {
  if (reply instanceof LostConnection) return false
  const { status } = reply
  return (status >= 200 && status < 300) || status === 412 || (status === 404 && method === 'GET') || isRefusal(reply)
}

/** Longest text of Vespa's that is shown, characters. */
const mostMessageCharacters = 200

/** What Vespa said, shortened, after `before`; empty when it said nothing that can be shown (an error page of a proxy). */
export function messageOf({ body }: Reply, before = ''): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    if (typeof message !== 'string' || message === '') return ''
    const text = message.replace(/[\p{Cc}\s]+/gu, ' ').trim()
    return before + (text.length > mostMessageCharacters ? `${text.slice(0, mostMessageCharacters - 1)}…` : text).toWellFormed()
  } catch {
    return ''
  }
}
