import { WeaverError } from '@data-weaver/contracts'
import type { Dispatcher } from 'undici'
import { Body } from './decoding.ts'
import type { BodyReader } from './decoding.ts'
import { redirectTarget } from './hop.ts'
import type { Hop } from './hop.ts'
import type { Origin } from './origin.ts'

/** What came back, its body decoded. */
export interface Answer {
  readonly status: number
  /** Lower-case names; several values joined with `, `. */
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

export interface ExchangeTimeouts {
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
}

/** The body of a redirect is read only to keep its connection, and only so far. Bytes. */
const REDIRECT_BODY_BYTES = 16 * 1024

const nothing = new Uint8Array(0)

export function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && name !== '__proto__') joined[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return joined
}

/** One hop on the wire. It settles once; whatever comes later is ignored. */
export class Exchange implements Dispatcher.DispatchHandler, BodyReader {
  /** Rejects with what went wrong as it came: an error of Node or undici, a WeaverError, or the reason given to {@link fail}. */
  readonly answer: Promise<Answer>
  /** The headers of the answer have come. */
  answered = false
  readonly #origin: Origin
  readonly #hop: Hop
  readonly #limit: number
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | null = null
  #settled = false
  #status = 0
  #headers: Record<string, string> = {}
  #body: Body | null = null
  /** Bytes of a redirect's body; -1 when the body is wanted. */
  #discarded = -1

  constructor(origin: Origin, hop: Hop, limit: number) {
    this.#origin = origin
    this.#hop = hop
    this.#limit = limit
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  send(timeouts: ExchangeTimeouts): void {
    this.#origin.enter(() => this.#dispatch(timeouts))
  }

  #dispatch(timeouts: ExchangeTimeouts): void {
    if (this.#settled) return
    const { method, url, headers, body } = this.#hop
    this.#origin.pool.dispatch(
      {
        path: `${url.pathname}${url.search}`,
        method,
        headers: headers as Record<string, string>,
        body,
        headersTimeout: timeouts.headersTimeoutMs,
        bodyTimeout: timeouts.bodyTimeoutMs,
      },
      this,
    )
  }

  /** Ends the exchange at once: its connection, or the making of one, is destroyed. */
  fail(error: unknown): void {
    if (!this.#settle()) return
    this.#reject(error)
    this.#body?.destroy()
    this.#controller?.abort(error instanceof Error ? error : new Error('aborted'))
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#origin.leave(this.#controller !== null)
    return true
  }

  #succeed(body: Uint8Array): void {
    if (this.#settle()) this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  done(body: Uint8Array): void {
    this.#succeed(body)
  }

  failed(error: WeaverError): void {
    this.fail(error)
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Settled while it waited for a connection. Throwing takes it out of the queue without harm to the connection.
    if (this.#settled) throw new Error('settled before it was sent')
    this.#controller = controller
    this.#origin.begun()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (this.#settled || status < 200) return
    this.answered = true
    this.#status = status
    this.#headers = joinHeaders(headers)
    const bodiless = this.#hop.method === 'HEAD' || status === 204 || status === 304
    const length = bodiless ? 0 : Number(this.#headers['content-length'] ?? 0)
    if (redirectTarget(status, this.#headers) !== undefined) {
      this.#discarded = 0
      if (length > REDIRECT_BODY_BYTES) this.#stopReading(controller)
      return
    }
    try {
      if (length > this.#limit) throw new WeaverError('source_too_large', `The answer has ${length} bytes; the limit is ${this.#limit}`)
      this.#body = new Body(this.#limit, bodiless ? undefined : this.#headers['content-encoding'], this)
    } catch (error) {
      this.fail(error)
    }
  }

  #stopReading(controller: Dispatcher.DispatchController): void {
    this.#succeed(nothing)
    controller.abort(new Error('the rest is not wanted'))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return
    if (this.#discarded >= 0) {
      this.#discarded += chunk.length
      if (this.#discarded > REDIRECT_BODY_BYTES) this.#stopReading(controller)
      return
    }
    try {
      if (this.#body?.push(chunk) === false) controller.pause()
    } catch (error) {
      this.fail(error)
    }
  }

  onResponseEnd(): void {
    if (this.#settled) return
    if (this.#discarded >= 0 || this.#body === null) this.#succeed(nothing)
    else this.#body.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (!this.#settle()) return
    this.#body?.destroy()
    this.#reject(error)
  }
}
