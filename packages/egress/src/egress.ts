import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { WeaverError } from '@data-weaver/contracts'
import type { Clock, Http, HttpRequest, HttpResponse, Log, RequestFacts, ResponseFacts } from '@data-weaver/contracts'
import type { EgressAllow } from './allow.ts'
import { RefusedAddress, cameAfterUse, createConnector } from './connector.ts'
import type { Lookup } from './connector.ts'
import { Deadlines } from './deadlines.ts'
import { Exchange } from './exchange.ts'
import type { Answer } from './exchange.ts'
import { toFailure } from './failure.ts'
import { firstHop, nextHop, redirectTarget } from './hop.ts'
import type { Hop } from './hop.ts'
import { Origin } from './origin.ts'
import { Redactor } from './redaction.ts'

export interface EgressOptions {
  /** What may be reached although it is not public; see `parseEgressAllow`. */
  readonly allow: EgressAllow
  readonly clock: Clock
  /** Largest body, encoded or decoded, in bytes. Default 64 MiB. */
  readonly maxBytes?: number
  /** Longest time for a request with its redirects when the request does not say, in milliseconds. Default 60 s. */
  readonly requestTimeoutMs?: number
  /** Longest time for a connection: name, TCP and TLS together, in milliseconds. Default 10 s. */
  readonly connectTimeoutMs?: number
  /** Longest wait for the headers of an answer, in milliseconds. Default 30 s; a request's own `timeoutMs` lifts it. */
  readonly headersTimeoutMs?: number
  /** Longest wait between two pieces of a body, in milliseconds. Default 30 s. */
  readonly bodyTimeoutMs?: number
  /** Connections kept to one origin; more requests wait. Default 64. */
  readonly maxConnectionsPerOrigin?: number
  /** Redirects followed before the source is taken to lead in a circle. Default 5. */
  readonly maxRedirects?: number
  readonly userAgent?: string
  /** PEM text with authorities to trust besides those of Node. */
  readonly caCertificates?: string | undefined
  /** Finds addresses in place of the system's resolver. What it finds is checked like any other. */
  readonly lookup?: Lookup
}

/** What belongs to one run. */
export interface EgressScope {
  /** Ends every request of the scope with its reason. */
  readonly signal: AbortSignal
  /** Values that appear in nothing that is stored, shown or logged. */
  readonly secrets: readonly string[]
  readonly log: Log
}

export interface Egress {
  /** The way out for one run. Costs next to nothing: connections belong to the process. */
  http(scope: EgressScope): Http
  /** Ends all requests (`interrupted`) and closes all connections. */
  close(): Promise<void>
}

const defaults = {
  maxBytes: 64 * 1024 * 1024,
  requestTimeoutMs: 60_000,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  maxConnectionsPerOrigin: 64,
  maxRedirects: 5,
  userAgent: 'data-weaver/0.1',
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** The trusted authorities, read once: doing so for each connection costs 20 ms and more. */
function trust(extra: string | undefined): SecureContext {
  const blocks = extra === undefined ? [] : (extra.match(certificateBlock) ?? [])
  if (extra !== undefined && blocks.length === 0) {
    throw new WeaverError(
      'invalid_settings',
      'The additional certificate authorities hold no certificate in PEM form (-----BEGIN CERTIFICATE-----)',
    )
  }
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block)
    } catch (cause) {
      throw new WeaverError('invalid_settings', `Certificate ${index + 1} of the additional certificate authorities cannot be read`, {
        cause,
      })
    }
  }
  return createSecureContext(blocks.length === 0 ? {} : { ca: [...getCACertificates('default'), ...blocks] })
}

/** Opens the way out. Once per process: connections are shared by all runs. @throws WeaverError `invalid_settings` for bad certificates. */
export function createEgress(options: EgressOptions): Egress {
  return new SharedEgress(options)
}

type Settings = typeof defaults & { readonly allow: EgressAllow; readonly clock: Clock }

class SharedEgress implements Egress {
  readonly settings: Settings
  readonly deadlines: Deadlines
  readonly #origins = new Map<string, Origin>()
  readonly #calls = new Set<Call>()
  readonly #connect
  #closed = false

  constructor(options: EgressOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as EgressOptions
    this.settings = { ...defaults, ...given }
    this.deadlines = new Deadlines(options.clock)
    this.#connect = createConnector({
      allow: options.allow,
      deadlines: this.deadlines,
      connectTimeoutMs: this.settings.connectTimeoutMs,
      secureContext: trust(options.caCertificates),
      lookup: options.lookup,
    })
  }

  http(scope: EgressScope): Http {
    const redactor = new Redactor(scope.secrets)
    return {
      request: async (request) => {
        if (this.#closed) throw new WeaverError('interrupted', 'The way out is closed')
        scope.signal.throwIfAborted()
        const call = new Call(this, scope, redactor, request)
        this.#calls.add(call)
        try {
          return await call.run()
        } finally {
          this.#calls.delete(call)
        }
      },
    }
  }

  origin(name: string): Origin {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const limits = { maxConnectionsPerOrigin: this.settings.maxConnectionsPerOrigin, connect: this.#connect }
    const origin = new Origin(name, limits, () => {
      if (this.#origins.get(name) !== origin) return
      this.#origins.delete(name)
      void origin.pool.close()
    })
    this.#origins.set(name, origin)
    return origin
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const call of [...this.#calls]) call.end(new WeaverError('interrupted', 'The way out was closed'))
    const origins = [...this.#origins.values()]
    this.#origins.clear()
    await Promise.all([this.deadlines.close(), ...origins.map(({ pool }) => pool.destroy())])
  }
}

const wrongLimit = (name: string) => new WeaverError('invalid_config', `${name} of a request must be a number above 0`)

/** One request of an adapter with all its redirects. */
class Call {
  readonly #egress: SharedEgress
  readonly #scope: EgressScope
  readonly #redactor: Redactor
  readonly #request: HttpRequest
  #exchange: Exchange | null = null
  #ended = false
  #reason: unknown

  constructor(egress: SharedEgress, scope: EgressScope, redactor: Redactor, request: HttpRequest) {
    this.#egress = egress
    this.#scope = scope
    this.#redactor = redactor
    this.#request = request
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.end(this.#scope.signal.reason)
  }

  /** Ends the request with this reason, wherever it is. */
  end(reason: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#reason = reason
    this.#exchange?.fail(reason)
  }

  async run(): Promise<HttpResponse> {
    const { settings, deadlines } = this.#egress
    const { maxBytes = settings.maxBytes, timeoutMs } = this.#request
    if (!(maxBytes > 0)) throw wrongLimit('maxBytes')
    if (timeoutMs !== undefined && !(timeoutMs > 0)) throw wrongLimit('timeoutMs')
    const first = firstHop(this.#request, settings.userAgent, this.#redactor)
    const started = settings.clock.monotonic()
    const limit = Math.min(maxBytes, settings.maxBytes)
    const allowedMs = timeoutMs ?? settings.requestTimeoutMs
    const late = () => {
      const host = this.#redactor.values(first.url.host)
      this.end(new WeaverError('source_timeout', `"${host}" did not answer completely within ${allowedMs} ms`))
    }
    const deadline = deadlines.set(allowedMs, late)
    this.#scope.signal.addEventListener('abort', this)
    try {
      const { hop, answer } = await this.#follow(first, limit)
      return this.#response(first, hop, answer, started)
    } finally {
      deadlines.clear(deadline)
      this.#scope.signal.removeEventListener('abort', this)
    }
  }

  async #follow(first: Hop, limit: number): Promise<{ hop: Hop; answer: Answer }> {
    const { maxRedirects } = this.#egress.settings
    let hop = first
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#send(hop, limit)
      const location = redirectTarget(answer.status, answer.headers)
      if (location === undefined) return { hop, answer }
      if (redirects === maxRedirects) {
        throw new WeaverError('source_loop', `"${this.#redactor.values(first.url.host)}" redirected more than ${maxRedirects} times`)
      }
      hop = nextHop(hop, answer.status, location, this.#redactor)
    }
  }

  async #send(hop: Hop, limit: number): Promise<Answer> {
    const { settings } = this.#egress
    const headersTimeoutMs = Math.max(settings.headersTimeoutMs, this.#request.timeoutMs ?? 0)
    const repeatable = hop.method === 'GET' || hop.method === 'HEAD'
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ended) throw this.#reason
      const exchange = new Exchange(this.#egress.origin(hop.url.origin), hop, limit)
      this.#exchange = exchange
      exchange.send({ headersTimeoutMs, bodyTimeoutMs: settings.bodyTimeoutMs })
      try {
        return await exchange.answer
      } catch (error) {
        if (this.#ended) throw this.#reason
        // The server closed a connection that was idle just as it was used again: the request was not seen.
        if (attempt === 0 && repeatable && !exchange.answered && cameAfterUse(error)) continue
        if (error instanceof RefusedAddress) {
          this.#scope.log.warn({ host: this.#redactor.values(hop.url.host), address: error.address, kind: error.kind }, 'address refused')
        }
        throw toFailure(error, { url: hop.url, answered: exchange.answered }, this.#redactor)
      }
    }
  }

  #response(first: Hop, hop: Hop, answer: Answer, started: number): HttpResponse {
    const { clock } = this.#egress.settings
    const request: RequestFacts = {
      method: first.method,
      url: this.#redactor.text(first.url.href),
      headers: this.#redactor.headers(first.headers),
    }
    const response: ResponseFacts = {
      status: answer.status,
      headers: this.#redactor.headers(answer.headers),
      receivedAt: new Date(clock.now()).toISOString(),
      durationMs: Math.round((clock.monotonic() - started) * 10) / 10,
    }
    return { status: answer.status, headers: answer.headers, body: answer.body, url: hop.url.href, facts: { request, response } }
  }
}
