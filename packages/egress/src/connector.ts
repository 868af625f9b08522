import { lookup as systemLookup } from 'node:dns/promises'
import { connect as dialTcp, isIP } from 'node:net'
import type { LookupFunction, NetConnectOpts, Socket } from 'node:net'
import { connect as startTls } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { DialOptions } from '@data-weaver/contracts'
import type { buildConnector } from 'undici'
import type { AddressKind } from './address.ts'
import { refusedKind } from './allow.ts'
import type { EgressAllow } from './allow.ts'
import type { Deadlines } from './deadlines.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Finds the addresses of a host name. */
export type Lookup = (hostname: string) => Promise<readonly ResolvedAddress[]>

export interface ConnectorOptions {
  readonly allow: EgressAllow
  readonly deadlines: Deadlines
  /** From the name to a connection ready for a request (name, TCP, TLS), in milliseconds. */
  readonly connectTimeoutMs: number
  /** What is trusted, and who we are where a target asks for it. @throws WeaverError `invalid_config` for an identity that is none */
  readonly secureContext: (identity: DialOptions['identity']) => SecureContext
  readonly lookup?: Lookup | undefined
  /** Opens the TCP connection. */
  readonly dial?: ((options: NetConnectOpts) => Socket) | undefined
}

/** A connection being made. Abandoning it fails it at once and destroys its socket. */
export interface Attempt {
  abandon(): void
}

/** Where a connection is to lead. */
export interface Target {
  /** A name or an address; an IPv6 address without brackets. */
  readonly hostname: string
  /** `https:` means TLS. */
  readonly protocol: string
  readonly port: string
  /** Protocols to offer over TLS. Absent: HTTP/1.1. */
  readonly alpn?: readonly string[]
  /** Who we are over TLS. Absent: nobody. */
  readonly identity?: DialOptions['identity']
}

export type Connector = (target: Target, callback: buildConnector.Callback) => Attempt

/** The address may not be reached. Carries data only: who asked decides what may be said. */
export class RefusedAddress extends Error {
  readonly code = 'EGRESS_REFUSED'
  readonly address: string
  readonly kind: AddressKind
  constructor(address: string, kind: AddressKind) {
    super('address refused')
    this.address = address
    this.kind = kind
  }
}

/** Why a connection was not made, when it is our own doing. */
export class ConnectFailure extends Error {
  readonly code: 'EGRESS_CONNECT_TIMEOUT' | 'EGRESS_ABANDONED' | 'ENOTFOUND' | 'ECONNRESET'
  constructor(code: ConnectFailure['code']) {
    super(code)
    this.code = code
  }
}

/** Errors of connections that had answered before: the server may just have closed one that was idle. */
const afterUse = new WeakSet<object>()

export function cameAfterUse(error: unknown): boolean {
  return typeof error === 'object' && error !== null && afterUse.has(error)
}

const KEEP_ALIVE_DELAY_MS = 60_000
const READ_BUFFER_BYTES = 64 * 1024
const MAX_SESSIONS = 1000
const usualAlpn = ['http/1.1']

/**
 * Makes connections that passed the checks: a literal address before anything is done, every address of a name before one is dialled, and
 * the peer before a byte is sent. A pooled connection therefore needs no check of its own.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const lookup = options.lookup ?? ((hostname) => systemLookup(hostname, { all: true }))
  const resolving = new Map<string, Promise<readonly ResolvedAddress[]>>()
  const sessions = new Map<string, Buffer>()
  const shared: Shared = {
    ...options,
    dial: options.dial ?? dialTcp,
    // Connections opened together share one lookup: the system's resolver has only a few threads.
    resolve(hostname) {
      const known = resolving.get(hostname)
      if (known !== undefined) return known
      const asked = lookup(hostname).finally(() => resolving.delete(hostname))
      resolving.set(hostname, asked)
      return asked
    },
    session: (name) => sessions.get(name),
    keepSession(name, session) {
      if (sessions.size >= MAX_SESSIONS && !sessions.has(name)) sessions.clear()
      sessions.set(name, session)
    },
  }
  return (target, callback) => new Connecting(shared, target, callback)
}

interface Shared extends ConnectorOptions {
  readonly dial: (options: NetConnectOpts) => Socket
  resolve(hostname: string): Promise<readonly ResolvedAddress[]>
  session(name: string): Buffer | undefined
  keepSession(name: string, session: Buffer): void
}

/** One connection on its way: name, check, TCP, check, TLS. It ends exactly once. */
class Connecting implements Attempt {
  readonly #shared: Shared
  readonly #hostname: string
  readonly #port: number
  readonly #secure: boolean
  readonly #alpn: readonly string[]
  readonly #identity: Target['identity']
  readonly #callback: buildConnector.Callback
  readonly #deadline
  #socket: Socket | null = null
  #ended = false

  constructor(shared: Shared, target: Target, callback: buildConnector.Callback) {
    this.#shared = shared
    this.#hostname = target.hostname
    this.#secure = target.protocol === 'https:'
    this.#port = Number(target.port) || (this.#secure ? 443 : 80)
    this.#alpn = target.alpn ?? usualAlpn
    this.#identity = target.identity
    this.#callback = callback
    this.#deadline = shared.deadlines.set(shared.connectTimeoutMs, () => this.#fail(new ConnectFailure('EGRESS_CONNECT_TIMEOUT')))
    this.#start().catch((error) => this.#fail(error as Error))
  }

  abandon(): void {
    this.#fail(new ConnectFailure('EGRESS_ABANDONED'))
  }

  #fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#shared.deadlines.clear(this.#deadline)
    this.#socket?.destroy()
    this.#callback(error, null)
  }

  #check(address: string): void {
    const kind = refusedKind(this.#shared.allow, this.#hostname, this.#port, address)
    if (kind !== null) throw new RefusedAddress(address, kind)
  }

  async #start(): Promise<void> {
    const family = isIP(this.#hostname)
    const addresses = family === 0 ? await this.#shared.resolve(this.#hostname) : [{ address: this.#hostname, family }]
    if (this.#ended) return
    if (addresses.length === 0) throw new ConnectFailure('ENOTFOUND')
    for (const { address } of addresses) this.#check(address)
    const found = addresses.map(({ address, family: version }) => ({ address, family: version }))
    // The name is not looked up again: a second answer could be another one.
    const pinned: LookupFunction = (_hostname, { all }, answer) => {
      if (all === true) answer(null, found)
      else answer(null, found[0]?.address ?? '', found[0]?.family)
    }
    const socket = this.#shared.dial({
      host: this.#hostname,
      port: this.#port,
      lookup: pinned,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      highWaterMark: READ_BUFFER_BYTES,
    } as NetConnectOpts)
    this.#socket = socket
    this.#watch(socket)
    socket.once('connect', () => this.#guarded(() => this.#connected(socket)))
  }

  #guarded(step: () => void): void {
    if (this.#ended) return
    try {
      step()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #watch(socket: Socket): void {
    socket.on('error', (error) => this.#fail(error))
    socket.once('close', () => this.#fail(new ConnectFailure('ECONNRESET')))
  }

  #connected(socket: Socket): void {
    if (socket.remoteAddress === undefined) throw new ConnectFailure('ECONNRESET')
    this.#check(socket.remoteAddress)
    if (!this.#secure) {
      this.#succeed(socket)
      return
    }
    const name = this.#hostname.endsWith('.') ? this.#hostname.slice(0, -1) : this.#hostname
    const sessionName = [`${name}:${this.#port}`, ...this.#alpn].join(' ')
    // A session stands for whoever began it: one with an identity is not used again.
    const session = this.#identity === undefined ? this.#shared.session(sessionName) : undefined
    const secured = startTls({
      socket,
      host: name,
      servername: isIP(name) === 0 ? name : '',
      secureContext: this.#shared.secureContext(this.#identity),
      ...(this.#alpn.length === 0 ? {} : { ALPNProtocols: [...this.#alpn] }),
      ...(session === undefined ? {} : { session }),
    })
    this.#socket = secured
    this.#watch(secured)
    secured.once('close', () => socket.destroy())
    secured.once('secureConnect', () => {
      // Kept only from here on: whoever uses a session again is not asked for its certificate again.
      if (this.#identity === undefined) secured.on('session', (ticket: Buffer) => this.#shared.keepSession(sessionName, ticket))
      this.#succeed(secured)
    })
  }

  #succeed(socket: Socket): void {
    if (this.#ended) return
    this.#ended = true
    this.#shared.deadlines.clear(this.#deadline)
    const before = socket.bytesRead
    socket.on('error', (error) => {
      if (socket.bytesRead > before) afterUse.add(error)
    })
    this.#callback(null, socket)
  }
}
