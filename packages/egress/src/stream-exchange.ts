import type { Transform } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Connector } from './connector.ts'
import { decoders, decodingFailure } from './decoding.ts'
import { joinHeaders } from './exchange.ts'
import { redirectTarget } from './hop.ts'
import type { Hop } from './hop.ts'
import { Inbox } from './inbox.ts'
import type { Supply } from './inbox.ts'
import { Origin } from './origin.ts'

export interface StreamExchangeOptions {
  readonly hop: Hop
  readonly connect: Connector
  /** Longest silence within the body, in milliseconds. It does not count while the reader is slow. */
  readonly idleTimeoutMs: number
  /** Makes an error of the network fit to be shown. */
  explain(error: unknown, answered: boolean): unknown
  /** The body is over and the connection gone. It is not called for a redirect. */
  over(): void
}

/** One hop on a connection of its own, whose body is read while it comes. */
export class StreamExchange implements Dispatcher.DispatchHandler, Supply {
  readonly body: Inbox<Uint8Array> = new Inbox(this)
  status = 0
  headers: Readonly<Record<string, string>> = {}
  readonly #options: StreamExchangeOptions
  readonly #origin: Origin
  readonly #begun = Promise.withResolvers<this>()
  #controller: Dispatcher.DispatchController | null = null
  #answered = false
  #finished = false
  #makers: readonly ((first: Buffer) => Transform)[] = []
  #decoding: readonly Transform[] | null = null

  constructor(options: StreamExchangeOptions) {
    this.#options = options
    this.#origin = new Origin(options.hop.url.origin, { maxConnectionsPerOrigin: 1, connect: options.connect }, () => {})
  }

  /** Sends the request. Resolves with the headers, rejects with what prevented them. */
  begun(): Promise<this> {
    const { method, url, headers, body } = this.#options.hop
    this.#origin.enter(() => {
      this.#origin.pool.dispatch(
        {
          path: `${url.pathname}${url.search}`,
          method,
          headers: headers as Record<string, string>,
          body,
          // Whoever opens the stream keeps the time until the headers, which begins before there is a connection.
          headersTimeout: 0,
          bodyTimeout: this.#options.idleTimeoutMs,
        },
        this,
      )
    })
    return this.#begun.promise
  }

  /** Ends it at once: its connection, or the making of one, is destroyed. */
  abort(reason: unknown): void {
    if (!this.#finished) this.#finish()
    this.#begun.reject(reason)
    this.body.abort(reason)
  }

  /** The reader wants no more. */
  close(): void {
    this.body.end()
    this.#finish()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#origin.leave(this.#controller !== null)
    for (const step of this.#decoding ?? []) step.destroy()
    this.#controller?.abort(new Error('over'))
    void this.#origin.pool.destroy()
    if (redirectTarget(this.status, this.headers) === undefined) this.#options.over()
  }

  #fail(error: unknown): void {
    if (this.#finished) return
    this.#begun.reject(error)
    this.body.fail(error)
    this.#finish()
  }

  pause(): void {
    if (this.#decoding === null) this.#controller?.pause()
    else this.#decoding.at(-1)?.pause()
  }

  resume(): void {
    if (this.#finished) return
    if (this.#decoding === null) this.#controller?.resume()
    else this.#decoding.at(-1)?.resume()
  }

  done(): void {
    this.#finish()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#finished) throw new Error('settled before it was sent')
    this.#controller = controller
    this.#origin.begun()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#finished || status < 200) return
    this.#answered = true
    this.status = status
    this.headers = joinHeaders(headers)
    const bodiless = this.#options.hop.method === 'HEAD' || status === 204 || status === 304
    try {
      this.#makers = decoders(bodiless ? undefined : this.headers['content-encoding'])
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#begun.resolve(this)
    if (redirectTarget(status, this.headers) !== undefined) this.#finish()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#finished) return
    if (this.#makers.length === 0) {
      this.body.push(chunk, chunk.length)
      return
    }
    this.#decoding ??= this.#startDecoding(chunk)
    if (this.#decoding[0]?.write(chunk) === false) controller.pause()
  }

  /** Decodes as it comes. A slow reader stops the last step, which stops those before it and at last the network. */
  #startDecoding(first: Buffer): readonly Transform[] {
    const steps = this.#makers.map((make) => make(first))
    for (const [index, step] of steps.entries()) {
      step.on('error', (error) => this.#fail(decodingFailure(error)))
      const next = steps[index + 1]
      if (next !== undefined) step.pipe(next)
    }
    steps[0]?.on('drain', () => this.#controller?.resume())
    const last = steps.at(-1)
    last?.on('data', (piece: Buffer) => this.body.push(piece, piece.length))
    last?.on('end', () => this.close())
    return steps
  }

  onResponseEnd(): void {
    if (this.#finished) return
    if (this.#decoding === null) this.close()
    else this.#decoding[0]?.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (!this.#finished) this.#fail(this.#options.explain(error, this.#answered))
  }
}
