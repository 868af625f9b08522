import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { systemClock } from '@data-weaver/contracts'
import { type WebSocket, WebSocketServer } from 'ws'
import { GrpcCalls } from './live-grpc.ts'

/** A message as it goes over the wire: a whole event with its blank line, the content of a WebSocket message, or a message of protobuf. */
export type Wire = string | Uint8Array

/** What a connection does. Each connection takes the next one that was set; when there is none, it serves. */
export type LiveBehaviour =
  | { readonly kind: 'serve' }
  /** It is accepted and never answered. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** It is opened and closed in good order. */
  | { readonly kind: 'end' }
  /** It serves so many messages and `extra`; then it is cut, or cut within the next message, or stays open and is silent for ever. */
  | {
      readonly kind: 'until'
      readonly messages: number
      readonly extra?: readonly Wire[]
      readonly and: 'serve' | 'cut' | 'half' | 'mute'
    }

/** A connection as the source saw it. */
export interface LiveRequest {
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** What the other side has said so far; the request of a gRPC call in base64. */
  readonly said: readonly string[]
}

export interface LiveAnswer {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** As JSON. */
  readonly body: unknown
}

export interface LiveScript {
  readonly transport: 'sse' | 'websocket' | 'grpc'
  /** Message `n`, from 1. */
  message(n: number): Wire
  /** The number of the first message that a connection asked for; undefined: what is new. */
  from(request: LiveRequest): number | undefined
  /** Headers of an answer with events. `published`: messages so far. */
  opening?(published: number): Readonly<Record<string, string>>
  /** Whether it has the credentials. Asked when it is opened. */
  authorised(request: LiveRequest): boolean
  /** What requests are answered that are no live connections, for what was missed for example. `published`: messages so far. Default: there are none. */
  answer?(request: LiveRequest, published: number): LiveAnswer | undefined
  /** Whether all was said that has to be before the first message. Default: at once. */
  ready?(request: LiveRequest): boolean
}

export interface Client {
  readonly request: LiveRequest
  readonly said: string[]
  readonly behaviour: LiveBehaviour
  serving: boolean
  /** Number of the next message. */
  next: number
  /** Messages. */
  sent: number
  sentBytes: number
  /** It did what comes after its messages. */
  turned: boolean
  open: boolean
  write(message: Wire): void
  /** The first half of a message, then the end of the connection. */
  half(message: Wire): void
  cut(): void
}

const serve: LiveBehaviour = { kind: 'serve' }

/** A real server on the loopback that sends numbered messages to whoever listens, and does wrong what it is told to. */
export class LiveScriptedSource implements AsyncDisposable {
  readonly clients: Client[] = []
  readonly #script: LiveScript
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #webSockets = new WebSocketServer({ noServer: true, autoPong: false })
  readonly #calls: GrpcCalls | undefined
  #behaviours: LiveBehaviour[] = []
  #published = 0

  private constructor(script: LiveScript) {
    this.#script = script
    const http = createServer((request, response) => this.#stream(request, response))
    this.#server = script.transport === 'grpc' ? createHttp2Server() : http
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    if (script.transport === 'websocket') http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
    if (script.transport === 'grpc')
      this.#calls = new GrpcCalls(this.#server, {
        open: (path, headers, wire) => this.#client({ url: path, headers }, wire),
        refuses: (client, answer) => this.#refuses(client, answer),
        serve: (client) => this.#serve(client),
      })
  }

  static async start(script: LiveScript): Promise<LiveScriptedSource> {
    const source = new LiveScriptedSource(script)
    await new Promise<void>((resolve) => source.#server.listen(0, '127.0.0.1', resolve))
    return source
  }

  /** With the scheme of the transport. */
  get origin(): string {
    return `${this.#script.transport === 'websocket' ? 'ws' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Forgets everything and ends all connections. The next ones behave as told, in order. */
  reset(...behaviours: readonly LiveBehaviour[]): void {
    this.clients.length = 0
    for (const socket of this.#sockets) socket.destroy()
    this.#behaviours = [...behaviours]
    this.#published = 0
  }

  /** Publishes the next messages: sends them to all who listen. */
  publish(count: number): void {
    this.#published += count
    for (const client of this.clients) this.#feed(client)
  }

  /** Resolves when the other side of each gRPC connection has everything that was sent; only they are asked. */
  async flushed(): Promise<void> {
    await this.#calls?.flushed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #stream(incoming: IncomingMessage, response: ServerResponse): void {
    incoming.resume()
    const asked: LiveRequest = { url: new URL(incoming.url ?? '/', this.origin), headers: incoming.headers, said: [] }
    const answer = this.#script.answer?.(asked, this.#published)
    if (answer !== undefined) {
      const headers = { 'content-type': 'application/json', ...answer.headers }
      response.writeHead(answer.status ?? 200, headers).end(JSON.stringify(answer.body))
      return
    }
    const write = (message: Wire) => void response.write(message)
    const client = this.#client(incoming, {
      write,
      half: (message) => response.write(Buffer.from(message).subarray(0, Buffer.byteLength(message) >> 1), () => response.destroy()),
      // Writes of one turn are sent together, so what was written before has to be sent first.
      cut: () => response.write(':\n', () => response.destroy()),
    })
    response.on('close', () => (client.open = false))
    if (this.#refuses(client, (status, headers, body) => response.writeHead(status, headers).end(body))) return
    response.writeHead(200, { 'content-type': 'text/event-stream', ...this.#script.opening?.(this.#published) })
    response.flushHeaders()
    if (client.behaviour.kind === 'end') response.end()
    else this.#serve(client)
  }

  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    let webSocket: WebSocket | undefined
    const client = this.#client(incoming, {
      write: (message) => webSocket?.send(message),
      half(message) {
        // A frame that says its length and does not keep it.
        const bytes = Buffer.from(message)
        socket.write(
          Buffer.concat([Buffer.from([0x81, 126, bytes.length >> 8, bytes.length & 0xff]), bytes.subarray(0, bytes.length >> 1)]),
        )
        socket.end()
      },
      cut: () => socket.destroy(),
    })
    // Read from, so that its end is seen also where nobody else reads.
    socket
      .on('close', () => (client.open = false))
      .on('end', () => socket.end())
      .resume()
    const answer = (status: number, headers: object, body: string) => {
      const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).map(
        ([n, v]) => `${n}: ${v}`,
      )
      socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
    }
    if (this.#refuses(client, answer)) return
    this.#webSockets.handleUpgrade(incoming, socket, head, (opened) => {
      webSocket = opened
      opened.on('error', () => {})
      opened.on('ping', (data) => (client.behaviour.kind === 'until' && client.behaviour.and === 'mute' ? undefined : opened.pong(data)))
      opened.on('message', (data) => {
        client.said.push((data as Buffer).toString())
        this.#serve(client)
      })
      if (client.behaviour.kind === 'end') opened.close(1000)
      else this.#serve(client)
    })
  }

  #client(incoming: Pick<IncomingMessage, 'url' | 'headers'>, wire: Pick<Client, 'write' | 'half' | 'cut'>): Client {
    const said: string[] = []
    const request = { url: new URL(incoming.url ?? '/', this.origin), headers: incoming.headers, said }
    const behaviour = this.#behaviours.shift() ?? serve
    const client = { request, said, behaviour, serving: false, next: 0, sent: 0, sentBytes: 0, turned: false, open: true, ...wire }
    this.clients.push(client)
    return client
  }

  #refuses(client: Client, answer: (status: number, headers: Record<string, string>, body: string) => void): boolean {
    const { behaviour, request } = client
    if (behaviour.kind === 'silence') return true
    if (behaviour.kind === 'answer') answer(behaviour.status, { ...behaviour.headers }, behaviour.body ?? '')
    else if (!this.#script.authorised(request)) answer(401, {}, '')
    else return false
    return true
  }

  #serve(client: Client): void {
    if (client.serving || this.#script.ready?.(client.request) === false) return
    client.serving = true
    client.next = this.#script.from(client.request) ?? this.#published + 1
    this.#feed(client)
  }

  #feed(client: Client): void {
    const { behaviour } = client
    const limit = behaviour.kind === 'until' ? behaviour.messages : Infinity
    while (client.serving && client.open && client.next <= this.#published && client.sent < limit) {
      this.#send(client, this.#script.message(client.next))
      client.next += 1
      client.sent += 1
    }
    if (behaviour.kind !== 'until' || client.turned || client.sent < limit) return
    client.turned = true
    this.#turn(client, behaviour)
  }

  #turn(client: Client, { extra = [], and }: LiveBehaviour & { kind: 'until' }): void {
    for (const message of extra) this.#send(client, message)
    if (and === 'half') client.half(this.#script.message(client.next))
    else if (and === 'cut') client.cut()
    else if (and === 'serve') {
      client.sent = -Infinity
      this.#feed(client)
    }
  }

  #send(client: Client, message: Wire): void {
    client.sentBytes += Buffer.byteLength(message)
    client.write(message)
  }
}

/** Longest wait for what a test waits for, milliseconds. */
const patienceMs = 20_000

/** Resolves when the condition holds. @throws Error naming what was waited for. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const late = systemClock.monotonic() + patienceMs
  while (!condition()) {
    if (systemClock.monotonic() > late) throw new Error(`waited ${patienceMs} ms for ${what}`)
    await systemClock.sleep(2)
  }
}
