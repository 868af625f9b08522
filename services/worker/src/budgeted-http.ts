import { type Clock, type Http, type HttpStream, WeaverError, type WebSocketConnection } from '@data-weaver/contracts'
import { type BudgetAddress, type BudgetedRun, type Budgets, budgetWait } from './budgets.ts'
import { readLimits } from './rate-headers.ts'

/** A wait up to this is slept where it is, milliseconds; for a longer one the run becomes `waiting` and its slot is free. */
const maxWaitInPlaceMs = 1000
/** Waits in a row that are slept; then the run waits like for a long one. */
const maxWaitsInPlace = 10

export interface BudgetedHttp extends Http {
  /** Takes in a refusal that only the adapter could see, in the body of an answer: `rate_limited` or `quota_exhausted` with a wait. */
  refused(error: WeaverError): void
  /** Ends whatever still counts as under way. Call it when the run is over. */
  end(): void
}

export interface BudgetedHttpDependencies {
  readonly budgets: Budgets
  readonly clock: Clock
  /** Of the run: ends a wait. */
  readonly signal: AbortSignal
}

/**
 * The way out of one run, kept within its rate budgets: each request takes from its budget first, and each answer is learned from.
 * Besides what {@link Http} rejects with: `budget_wait` with the time to wait, when that is too long to be slept; `budget_exhausted` when it is longer than
 * the stream allows.
 */
export function budgetedHttp(http: Http, run: BudgetedRun, dependencies: BudgetedHttpDependencies): BudgetedHttp {
  const way = new Way(run, dependencies)
  return {
    async request(request) {
      const release = await way.enter(request.url)
      try {
        const response = await http.request(request)
        way.answered(request.url, response.status, response.headers)
        return response
      } finally {
        release()
      }
    },
    async stream(request) {
      const release = await way.enter(request.url)
      try {
        const stream = await http.stream(request)
        way.answered(request.url, stream.status, stream.headers)
        return release === nothing ? stream : releasing(stream, release)
      } catch (error) {
        release()
        throw error
      }
    },
    async websocket(request) {
      const release = await way.enter(request.url)
      try {
        const socket = await http.websocket(request)
        return release === nothing ? socket : releasingSocket(socket, release)
      } catch (error) {
        release()
        if (error instanceof WeaverError) way.refused(error)
        throw error
      }
    },
    async dial(url, options) {
      const release = await way.enter(url)
      try {
        const socket = await http.dial(url, options)
        socket.once('close', release)
        return socket
      } catch (error) {
        release()
        throw error
      }
    },
    refused: (error) => way.refused(error),
    end: () => way.end(),
  }
}

const nothing = (): void => {}

/** What one run has under way, and whom it asked last. */
class Way {
  readonly #run: BudgetedRun
  readonly #budgets: Budgets
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #limited: boolean
  readonly #addresses = new Map<string, BudgetAddress>()
  readonly #open = new Set<() => void>()
  /** The last URL, for what an answer says in its body. */
  #asked: string | URL | undefined

  constructor(run: BudgetedRun, { budgets, clock, signal }: BudgetedHttpDependencies) {
    this.#run = run
    this.#budgets = budgets
    this.#clock = clock
    this.#signal = signal
    const { policies = [], concurrency } = run.budget ?? {}
    this.#limited = policies.length > 0 || concurrency !== undefined
  }

  /** Resolves when a request may be sent; what it answers is to be called once the request is over. */
  async enter(url: string | URL): Promise<() => void> {
    this.#asked = url
    if (this.#budgets.quiet && !this.#limited && this.#run.budget?.name === undefined) return nothing
    const address = this.#address(url)
    if (address === undefined) return nothing
    const ask = this.#limited || this.#budgets.mustAsk(address)
    if (this.#limited) await this.#budgets.use(this.#run, address)
    else if (ask || address.name !== null) this.#budgets.touch(this.#run, address)
    return ask ? await this.#take(address) : nothing
  }

  async #take(address: BudgetAddress): Promise<() => void> {
    const most = this.#run.budget?.maxWaitMs ?? Number.POSITIVE_INFINITY
    for (let waits = 0; ; waits += 1) {
      const answer = await this.#budgets.take(this.#run, address)
      if (answer.outcome === 'granted') return answer.leased ? this.#hold(answer.requestId) : nothing
      if (answer.totalMs > most) {
        this.#budgets.leave(this.#run, address)
        throw new WeaverError(
          'budget_exhausted',
          `the run would wait ${Math.ceil(answer.totalMs / 1000)} s for the rate budget "${address.key}", longer than its ${most} ms`,
        )
      }
      if (answer.waitMs > maxWaitInPlaceMs || waits === maxWaitsInPlace) throw budgetWait(address, answer.waitMs)
      try {
        await this.#clock.sleep(answer.waitMs, this.#signal)
      } catch (error) {
        this.#budgets.leave(this.#run, address)
        throw error
      }
    }
  }

  #hold(requestId: string): () => void {
    const release = (): void => {
      this.#open.delete(release)
      this.#budgets.release(requestId)
    }
    this.#open.add(release)
    return release
  }

  answered(url: string | URL, status: number, headers: Readonly<Record<string, string>>): void {
    const limits = readLimits(status, headers, this.#clock.now())
    const address = limits === undefined ? undefined : this.#address(url)
    if (limits !== undefined && address !== undefined) this.#budgets.learn(this.#run, address, limits)
  }

  refused({ code, retryAfterMs }: WeaverError): void {
    if (retryAfterMs === undefined || this.#asked === undefined || (code !== 'rate_limited' && code !== 'quota_exhausted')) return
    const address = this.#address(this.#asked)
    const limits = { blockMs: retryAfterMs, limit: null, remaining: null, resetMs: null, from: 'answer' }
    if (address !== undefined) this.#budgets.learn(this.#run, address, limits)
  }

  end(): void {
    for (const release of [...this.#open]) release()
  }

  /** By host; undefined for what is no URL: the way out refuses it. */
  #address(url: string | URL): BudgetAddress | undefined {
    const host = typeof url === 'string' ? URL.parse(url)?.host : url.host
    if (host === undefined) return undefined
    let address = this.#addresses.get(host)
    if (address === undefined) this.#addresses.set(host, (address = this.#budgets.address(this.#run, host)))
    return address
  }
}

/** The same answer; reading it to its end, leaving it, or closing it ends the request. */
function releasing(stream: HttpStream, release: () => void): HttpStream {
  return {
    ...stream,
    body: ending(stream.body, release),
    close() {
      release()
      stream.close()
    },
  }
}

function releasingSocket(socket: WebSocketConnection, release: () => void): WebSocketConnection {
  return {
    protocol: socket.protocol,
    facts: socket.facts,
    messages: ending(socket.messages, release),
    send: (message) => socket.send(message),
    close() {
      release()
      socket.close()
    },
  }
}

async function* ending<T>(items: AsyncIterable<T>, release: () => void): AsyncGenerator<T> {
  try {
    yield* items
  } finally {
    release()
  }
}
