import { WeaverError } from '@data-weaver/contracts'
import type { HttpRequest, HttpResponse } from '@data-weaver/contracts'
import { cameAfterUse } from './connector.ts'
import { Exchange } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { firstHop, follow } from './hop.ts'
import type { Hop } from './hop.ts'
import type { Origin } from './origin.ts'
import { checkLimits, factsOf, failureOf, Hold } from './way.ts'
import type { Way } from './way.ts'

export interface CallLimits {
  /** Longest time for a request that does not say, in milliseconds. */
  readonly requestTimeoutMs: number
  /** The shared connections to an origin. */
  origin(name: string): Origin
}

/** One request of an adapter with all its redirects. */
export class Call {
  readonly #way: Way
  readonly #limits: CallLimits
  readonly #request: HttpRequest
  #exchange: Exchange | null = null
  #ended = false
  #reason: unknown

  constructor(way: Way, limits: CallLimits, request: HttpRequest) {
    this.#way = way
    this.#limits = limits
    this.#request = request
  }

  /** Ends the request with this reason, wherever it is. */
  #end(reason: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#reason = reason
    this.#exchange?.fail(reason)
  }

  async run(): Promise<HttpResponse> {
    const { settings, deadlines, redactor } = this.#way
    const { maxBytes = settings.maxBytes, timeoutMs } = this.#request
    checkLimits({ maxBytes, timeoutMs })
    const first = firstHop(this.#request, settings.userAgent, redactor)
    const started = settings.clock.monotonic()
    const limit = Math.min(maxBytes, settings.maxBytes)
    const allowedMs = timeoutMs ?? this.#limits.requestTimeoutMs
    const late = () => {
      const host = redactor.values(first.url.host)
      this.#end(new WeaverError('source_timeout', `"${host}" did not answer completely within ${allowedMs} ms`))
    }
    const hold = new Hold(this.#way, (reason) => this.#end(reason))
    const deadline = deadlines.set(allowedMs, late)
    try {
      const { hop, answer } = await follow(first, settings.maxRedirects, redactor, (next) => this.#send(next, limit))
      const { status, headers, body } = answer
      return { status, headers, body, url: hop.url.href, facts: factsOf(this.#way, first, answer, started) }
    } finally {
      deadlines.clear(deadline)
      hold.release()
    }
  }

  async #send(hop: Hop, limit: number): Promise<Answer> {
    const { settings } = this.#way
    const headersTimeoutMs = Math.max(settings.headersTimeoutMs, this.#request.timeoutMs ?? 0)
    const repeatable = hop.method === 'GET' || hop.method === 'HEAD'
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ended) throw this.#reason
      const exchange = new Exchange(this.#limits.origin(hop.url.origin), hop, limit)
      this.#exchange = exchange
      exchange.send({ headersTimeoutMs, bodyTimeoutMs: settings.bodyTimeoutMs })
      try {
        return await exchange.answer
      } catch (error) {
        if (this.#ended) throw this.#reason
        // The server closed a connection that was idle just as it was used again: the request was not seen.
        if (attempt === 0 && repeatable && !exchange.answered && cameAfterUse(error)) continue
        throw failureOf(this.#way, error, { url: hop.url, answered: exchange.answered })
      }
    }
  }
}
