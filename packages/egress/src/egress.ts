import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContextOptions } from 'node:tls'
import { maxHeldBytes, WeaverError } from '@data-weaver/contracts'
import type { Clock, Http } from '@data-weaver/contracts'
import type { EgressAllow } from './allow.ts'
import { Call } from './call.ts'
import { createConnector } from './connector.ts'
import type { Connector, ConnectorOptions, Lookup } from './connector.ts'
import { Deadlines } from './deadlines.ts'
import { dial } from './dial.ts'
import { Origin } from './origin.ts'
import { Redactor } from './redaction.ts'
import { openStream } from './stream.ts'
import type { EgressScope, Hold, Way } from './way.ts'
import { openWebSocket } from './websocket.ts'

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
  /**
   * Longest wait for the headers of an answer, in milliseconds. Default 30 s; a request's own `timeoutMs` lifts it. For streams and
   * WebSockets: for all that comes before the first piece, when they do not say otherwise.
   */
  readonly headersTimeoutMs?: number
  /** Longest wait between two pieces of a body, in milliseconds. Default 30 s. */
  readonly bodyTimeoutMs?: number
  /** Connections kept to one origin; more requests wait. Default 64. Streams, WebSockets and dialled sockets do not count. */
  readonly maxConnectionsPerOrigin?: number
  /** Redirects followed before the source is taken to lead in a circle. Default 5. */
  readonly maxRedirects?: number
  readonly userAgent?: string
  /** PEM text with authorities to trust besides those of Node. */
  readonly caCertificates?: string | undefined
  /** Finds addresses in place of the system's resolver. What it finds is checked like any other. */
  readonly lookup?: Lookup
}

export interface Egress {
  /** The way out for one run. Costs next to nothing: connections belong to the process. */
  http(scope: EgressScope): Http
  /** Ends all that is open (`interrupted`) and closes all connections. */
  close(): Promise<void>
}

const defaults = {
  maxBytes: maxHeldBytes,
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
function trust(extra: string | undefined): SecureContextOptions {
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
  return blocks.length === 0 ? {} : { ca: [...getCACertificates('default'), ...blocks] }
}

/** What connections without an identity share, and one of its own for each that has one. */
function securityOf(trusted: SecureContextOptions): ConnectorOptions['secureContext'] {
  const shared = createSecureContext(trusted)
  return (identity) => {
    if (identity === undefined) return shared
    try {
      return createSecureContext({ ...trusted, cert: identity.certificate, key: identity.key })
    } catch {
      // What is wrong with them is not passed on: it may quote from a key.
      throw new WeaverError('invalid_config', 'The certificate and the key for the source cannot be read, or do not belong together')
    }
  }
}

/** Opens the way out. Once per process: connections are shared by all runs. @throws WeaverError `invalid_settings` for bad certificates. */
export function createEgress(options: EgressOptions): Egress {
  return new SharedEgress(options)
}

/** The way of a request that has secrets of its own. */
function withSecrets(way: Way, secrets: readonly string[] = []): Way {
  if (secrets.length === 0) return way
  way.scope.onSecrets?.(secrets)
  return { ...way, redactor: new Redactor([...way.scope.secrets, ...secrets]) }
}

type Settings = typeof defaults & { readonly allow: EgressAllow; readonly clock: Clock }

class SharedEgress implements Egress {
  readonly #settings: Settings
  readonly #deadlines: Deadlines
  readonly #origins = new Map<string, Origin>()
  readonly #held = new Set<Hold>()
  readonly #connect: Connector
  #closed = false

  constructor(options: EgressOptions) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as EgressOptions
    this.#settings = { ...defaults, ...given }
    this.#deadlines = new Deadlines(options.clock)
    this.#connect = createConnector({
      allow: options.allow,
      deadlines: this.#deadlines,
      connectTimeoutMs: this.#settings.connectTimeoutMs,
      secureContext: securityOf(trust(options.caCertificates)),
      lookup: options.lookup,
    })
  }

  http(scope: EgressScope): Http {
    const way: Way = {
      settings: this.#settings,
      deadlines: this.#deadlines,
      connect: this.#connect,
      scope,
      redactor: new Redactor(scope.secrets),
      held: this.#held,
    }
    const open = <T>(begin: () => Promise<T>): Promise<T> => {
      if (this.#closed) throw new WeaverError('interrupted', 'The way out is closed')
      scope.signal.throwIfAborted()
      return begin()
    }
    const limits = { ...this.#settings, origin: (name: string) => this.#origin(name) }
    return {
      request: async (request) => open(() => new Call(withSecrets(way, request.secrets), limits, request).run()),
      stream: async (request) => open(() => openStream(withSecrets(way, request.secrets), request)),
      websocket: async (request) => open(() => openWebSocket(way, request)),
      dial: async (url, options) => open(() => dial(way, url, options)),
    }
  }

  #origin(name: string): Origin {
    const known = this.#origins.get(name)
    if (known !== undefined) return known
    const limits = { maxConnectionsPerOrigin: this.#settings.maxConnectionsPerOrigin, connect: this.#connect }
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
    for (const hold of [...this.#held]) hold.end(new WeaverError('interrupted', 'The way out was closed'))
    const origins = [...this.#origins.values()]
    this.#origins.clear()
    await Promise.all([this.#deadlines.close(), ...origins.map(({ pool }) => pool.destroy())])
  }
}
