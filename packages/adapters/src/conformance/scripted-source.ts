import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@data-weaver/contracts'

/** A request as the source saw it. */
export interface SourceRequest {
  readonly method: string
  /** With the source's own origin, so that `searchParams` and links can be made from it. */
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface SourceAnswer {
  /** Default 200. */
  readonly status?: number
  /** Default: `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Text or bytes as they are; anything else as JSON. */
  readonly body: unknown
}

/** What goes wrong with one answer. */
export type Fault =
  | { readonly kind: 'answer'; answer(request: SourceRequest, healthy: Buffer): SourceAnswer }
  /** Nothing comes, not even headers. */
  | { readonly kind: 'silence' }
  /** Headers and the first half come, then nothing. */
  | { readonly kind: 'hang' }
  /** Headers and the first half come, then the connection is cut. */
  | { readonly kind: 'cut' }
  /** All comes, a byte at a time, far too slowly. */
  | { readonly kind: 'drip' }

/** Even an answer of a few bytes outlasts the time limit of the suite. */
const dripMs = 300

/** A real HTTP server on the loopback that answers by a script, and does one thing wrong when told so. */
export class ScriptedSource implements AsyncDisposable {
  /** All requests since the last {@link reset}, in order. */
  readonly requests: SourceRequest[] = []
  /** The bytes that were meant to be answered to each of them. */
  readonly bodies: Buffer[] = []
  /** Requests that are no pages, since the last {@link reset}. */
  readonly asides: SourceRequest[] = []
  readonly #server: Server
  readonly #answer: (request: SourceRequest) => SourceAnswer
  readonly #isAside: (request: SourceRequest) => boolean
  readonly #closed = new AbortController()
  #fault: { readonly at: number; readonly fault: Fault } | undefined
  #circle: { readonly most: number; first?: SourceAnswer } | undefined
  #reached = Promise.withResolvers<void>()

  private constructor(answer: (request: SourceRequest) => SourceAnswer, isAside: (request: SourceRequest) => boolean) {
    this.#answer = answer
    this.#isAside = isAside
    this.#server = createServer((request, response) => void this.#handle(request, response))
  }

  /** @param isAside whether a request is no page: it is answered, and neither counted nor disturbed */
  static async start(
    answer: (request: SourceRequest) => SourceAnswer,
    isAside: (request: SourceRequest) => boolean = () => false,
  ): Promise<ScriptedSource> {
    const source = new ScriptedSource(answer, isAside)
    await new Promise<void>((resolve, reject) => {
      source.#server.once('error', reject)
      source.#server.listen(0, '127.0.0.1', resolve)
    })
    return source
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when the fault has begun and cannot end by itself: the request is there, and what is sent before it goes wrong is sent. */
  get faultReached(): Promise<void> {
    return this.#reached.promise
  }

  /** Forgets all requests; with a fault, the request with this index (from 0) meets it. */
  reset(at?: number, fault?: Fault): void {
    this.requests.length = 0
    this.asides.length = 0
    this.bodies.length = 0
    this.#reached = Promise.withResolvers<void>()
    this.#fault = at === undefined || fault === undefined ? undefined : { at, fault }
    this.#circle = undefined
  }

  /** As {@link reset}; then each request is answered like the first one, and after so many requests the source has had enough (500). */
  resetToCircle(most: number): void {
    this.reset()
    this.#circle = { most }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    // A client that goes away while it sends is not asked again; there is nobody to tell.
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const url = new URL(incoming.url ?? '/', this.origin)
    const request: SourceRequest = { method: incoming.method ?? '', url, headers: incoming.headers, body: Buffer.concat(chunks).toString() }
    if (this.#isAside(request)) {
      this.asides.push(request)
      const aside = this.#answer(request)
      head(response, aside, bytesOf(aside.body).length)
      response.end(bytesOf(aside.body))
      return
    }
    const index = this.requests.push(request) - 1
    const healthy = this.#healthy(request)
    const fault = this.#fault?.at === index ? this.#fault.fault : undefined
    const answer = fault?.kind === 'answer' ? fault.answer(request, bytesOf(healthy.body)) : healthy
    const body = bytesOf(answer.body)
    this.bodies.push(body)
    if (fault === undefined || fault.kind === 'answer') {
      head(response, answer, body.length)
      response.end(body)
      return
    }
    this.#misbehave(fault, response, answer, body)
  }

  #healthy(request: SourceRequest): SourceAnswer {
    const circle = this.#circle
    if (circle === undefined) return this.#answer(request)
    return this.requests.length > circle.most ? { status: 500, body: {} } : (circle.first ??= this.#answer(request))
  }

  #misbehave(fault: Exclude<Fault, { kind: 'answer' }>, response: ServerResponse, answer: SourceAnswer, body: Buffer): void {
    if (fault.kind === 'silence') {
      this.#reached.resolve()
      return
    }
    head(response, answer, body.length)
    if (fault.kind === 'drip') {
      this.#reached.resolve()
      void this.#drip(response, body)
      return
    }
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      if (fault.kind === 'cut') response.destroy()
      this.#reached.resolve()
    })
  }

  async #drip(response: ServerResponse, body: Buffer): Promise<void> {
    for (let sent = 0; sent < body.length && !response.destroyed && !this.#closed.signal.aborted; sent++) {
      response.write(body.subarray(sent, sent + 1))
      await systemClock.sleep(dripMs, this.#closed.signal).catch(() => {})
    }
  }
}

function head(response: ServerResponse, answer: SourceAnswer, length: number): void {
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', 'content-length': length, ...answer.headers })
}

function bytesOf(body: unknown): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
