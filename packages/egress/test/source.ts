import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SecureVersion } from 'node:tls'
import { silentLog, systemClock } from '@data-weaver/contracts'
import type { Http, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '../src/index.ts'
import type { Egress, EgressOptions, EgressScope } from '../src/index.ts'

/** A real server on a free loopback port that counts what reaches it. */
export class Source implements AsyncDisposable {
  readonly requests: IncomingMessage[] = []
  /** Every connection that was made, also closed ones. */
  readonly sockets: Socket[] = []
  readonly #server: Server
  readonly #scheme: string

  constructor(server: Server, scheme: string) {
    this.#server = server
    this.#scheme = scheme
    server.on('connection', (socket: Socket) => {
      this.sockets.push(socket)
      socket.on('error', () => {})
    })
    server.on('request', (request: IncomingMessage) => this.requests.push(request))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  url(path = '/', host = '127.0.0.1'): string {
    return `${this.#scheme}://${host}:${this.port}${path}`
  }

  /** Resolves when the connection with this number is there. */
  async connection(index = 0): Promise<Socket> {
    while (this.sockets.length <= index) await once(this.#server, 'connection')
    return this.sockets[index] as Socket
  }

  /** Resolves when the request with this number is there. */
  async request(index = 0): Promise<IncomingMessage> {
    while (this.requests.length <= index) await once(this.#server, 'request')
    return this.requests[index] as IncomingMessage
  }

  /** Resolves when the client's side of the connection is gone. */
  async closed(index = 0): Promise<void> {
    const socket = await this.connection(index)
    socket.resume()
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    if (this.#server.listening) await once(this.#server, 'close')
  }
}

export async function listening(server: Server, scheme: string): Promise<Source> {
  const source = new Source(server, scheme)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return source
}

export const startSource = (listener: RequestListener) => listening(createHttpServer(listener), 'http')

export interface Identity {
  readonly cert: string
  readonly keyPem: string
  readonly maxVersion?: SecureVersion
}

export const startSecureSource = (listener: RequestListener, { cert, keyPem, maxVersion = 'TLSv1.3' }: Identity) =>
  listening(createHttpsServer({ cert, key: keyPem, maxVersion }, listener), 'https')

/** A server that speaks no protocol of its own: it does with each connection what the test says. */
export const startRaw = (onConnection: (socket: Socket) => void, scheme = 'http') => listening(createTcpServer(onConnection), scheme)

/** Answers the first request of each connection with these bytes, word for word. */
export const startScripted = (answer: string | Uint8Array, then: (socket: Socket) => void = () => {}) =>
  startRaw((socket) => {
    socket.once('data', () => {
      socket.write(answer)
      then(socket)
    })
  })

export interface Opened extends AsyncDisposable {
  readonly egress: Egress
  readonly http: Http
  /** Ends the requests of `http`. */
  readonly abort: AbortController
}

/** An egress that may reach 127.0.0.1. */
export function open(options: Partial<EgressOptions> = {}, scope: Partial<EgressScope> = {}): Opened {
  const abort = new AbortController()
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock, ...options })
  const http = egress.http({ signal: abort.signal, secrets: [], log: silentLog, ...scope })
  return { egress, http, abort, [Symbol.asyncDispose]: () => egress.close() }
}

/** The error that the promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<WeaverError> {
  try {
    await promise
  } catch (error) {
    return error as WeaverError
  }
  throw new Error('It did not fail.')
}

export const textOf = (body: Uint8Array) => Buffer.from(body).toString('utf8')
