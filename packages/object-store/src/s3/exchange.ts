import type { Clock } from '@data-weaver/contracts'
import type { Dispatcher } from 'undici'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface ExchangeLimits {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Longest time to the first byte of the answer's body, milliseconds. A body gets more by its length. */
  readonly timeoutMs: number
  /** Slowest transfer that is waited for, bytes a millisecond. */
  readonly bytesPerMs: number
  /** Largest body of an answer, bytes. */
  readonly maxBytes: number
}

/** Why an exchange failed on our side. */
export class ExchangeError extends Error {
  readonly reason: 'timeout' | 'tooLarge' | 'short'

  constructor(reason: 'timeout' | 'tooLarge' | 'short', message: string) {
    super(message)
    this.reason = reason
  }
}

/** Ends the wait for the deadline. A constant: making a new reason each time costs more than the request's signature. */
const settled = new Error('the exchange is over')

/**
 * One request and its whole answer, whatever the status. Rejects with the signal's reason as soon as that aborts, with an
 * {@link ExchangeError}, or with the error of undici or the operating system. Goes through `dispatch`, which takes two thirds of the
 * time of `request`: no streams, no promise for each part.
 */
export function exchange(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, limits: ExchangeLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { signal, clock } = limits
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const over = new AbortController()
    const finish = () => {
      over.abort(settled)
      signal.removeEventListener('abort', onAbort)
    }
    const handler = new Collector(limits, {
      resolve: (answer) => {
        finish()
        resolve(answer)
      },
      reject: (error) => {
        finish()
        reject(error)
      },
    })
    const onAbort = () => handler.stop(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    void watch(handler, clock, over.signal)
    try {
      dispatcher.dispatch(request, handler)
    } catch (error) {
      // A request that undici finds wrong. It was not sent.
      handler.stop(error)
    }
  })
}

async function watch(handler: Collector, clock: Clock, over: AbortSignal): Promise<void> {
  try {
    for (let left = handler.deadline - clock.monotonic(); left > 0; left = handler.deadline - clock.monotonic())
      await clock.sleep(left, over)
  } catch {
    return
  }
  handler.stop(new ExchangeError('timeout', 'no complete answer in time'))
}

interface Outcome {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

class Collector implements Dispatcher.DispatchHandler {
  /** By the clock's monotonic time. */
  deadline: number
  readonly #limits: ExchangeLimits
  readonly #outcome: Outcome
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #stopped: unknown
  #isStopped = false
  #status = 0
  #headers: Answer['headers'] = {}
  #length = 0
  #expected: number | undefined

  constructor(limits: ExchangeLimits, outcome: Outcome) {
    this.#limits = limits
    this.#outcome = outcome
    this.deadline = limits.clock.monotonic() + limits.timeoutMs
  }

  /** Gives up: the caller gets the reason at once, the connection is dropped when the request holds one. */
  stop(reason: unknown): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#stopped = reason
    this.#controller?.abort(asError(reason))
    this.#outcome.reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It waited for a connection and was given up meanwhile.
    if (this.#isStopped) controller.abort(asError(this.#stopped))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Answer['headers']): void {
    // An interim answer (1xx) is not the answer.
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const length = headers['content-length']
    if (typeof length !== 'string') return
    this.#expected = Number(length)
    if (this.#expected > this.#limits.maxBytes) this.stop(new ExchangeError('tooLarge', `the answer has ${length} bytes`))
    else this.deadline += this.#expected / this.#limits.bytesPerMs
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length
    if (this.#length > this.#limits.maxBytes)
      this.stop(new ExchangeError('tooLarge', `the answer has more than ${this.#limits.maxBytes} bytes`))
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#isStopped) return
    const body = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#length)
    this.#outcome.resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isStopped) this.#outcome.reject(error)
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
