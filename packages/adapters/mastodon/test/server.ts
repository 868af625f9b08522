import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { systemClock } from '@data-weaver/contracts'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Post {
  readonly id: string
  readonly created_at: string
  readonly content: string
  readonly [field: string]: unknown
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface Listener {
  readonly transport: 'websocket' | 'sse'
  /** What it listens to, `["hashtag", "climate"]`. */
  readonly streams: (readonly string[])[]
  send(stream: readonly string[], event: string, payload: string): void
  cut(): void
  /** Neither says nor hears anything any more, and stays open. */
  stall(): void
  /** Resolves when the other side has taken in what was sent; over server-sent events it cannot say so. */
  heard?(): Promise<void>
}

const keyOf = (stream: readonly string[]): string => stream.join(' ')
const mostAtOnce = 40

/** A server that speaks as Mastodon does: posts to timelines, their pages with links, streams over WebSockets and server-sent events. */
export class MastodonServer implements AsyncDisposable {
  readonly token = 'mastodon-token-+/='
  /** All requests for pages of timelines, as paths with their queries. */
  readonly pages: string[] = []
  /** What the next requests for pages are answered instead, in order. */
  readonly answers: Answer[] = []
  /** Called before a page is answered. */
  onPage: ((url: URL) => void | Promise<void>) | undefined
  /** What the next connections are refused with, in order. */
  readonly refusals: Answer[] = []
  /** Streams that it has not, over WebSockets that subscribe to them. */
  readonly unknown = new Set<string>()
  connections = 0
  readonly userAgents = new Set<string | undefined>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #webSockets = new WebSocketServer({ noServer: true })
  readonly #listeners = new Set<Listener>()
  /** The ids on each timeline, in order. */
  readonly #timelines = new Map<string, string[]>()
  readonly #posts = new Map<string, Post>()
  #lastId = 0n

  private constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
  }

  static async start(): Promise<MastodonServer> {
    const server = new MastodonServer()
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What connections listen to, one list for each that is open. */
  get listening(): string[][] {
    return [...this.#listeners].map(({ streams }) => streams.map(keyOf))
  }

  /** Writes a post to timelines, and tells those who listen. @param at when it says that it was written, milliseconds since the Unix epoch */
  post(content: string, streams: readonly (readonly string[])[] = [['public']], more: object = {}, at = systemClock.now()): Post {
    const id = this.#newId(at)
    const post: Post = {
      id,
      created_at: new Date(at).toISOString(),
      edited_at: null,
      content: `<p>${content}</p>`,
      visibility: 'public',
      url: `${this.url}/@ada/${id}`,
      account: { id: '1', acct: 'ada', display_name: 'Ada', url: `${this.url}/@ada`, bot: false },
      reblog: null,
      ...more,
    }
    this.#posts.set(id, post)
    for (const stream of streams) {
      const timeline = this.#timelines.get(keyOf(stream)) ?? []
      this.#timelines.set(
        keyOf(stream),
        [...timeline, id].toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1)),
      )
    }
    this.#tell(id, 'update', JSON.stringify(post))
    return post
  }

  edit({ id }: Post, content: string): void {
    const edited = { ...(this.#posts.get(id) as Post), content: `<p>${content}</p>`, edited_at: new Date(systemClock.now()).toISOString() }
    this.#posts.set(id, edited)
    this.#tell(id, 'status.update', JSON.stringify(edited))
  }

  delete({ id }: Post): void {
    this.#tell(id, 'delete', id)
    this.#posts.delete(id)
    for (const [key, ids] of this.#timelines)
      this.#timelines.set(
        key,
        ids.filter((one) => one !== id),
      )
  }

  /** Sends something else to all who listen. */
  send(stream: readonly string[], event: string, payload: string): void {
    for (const listener of this.#listeners) listener.send(stream, event, payload)
  }

  /** Resolves when all who listen over WebSockets have taken in what was sent. */
  async heard(): Promise<void> {
    await Promise.all([...this.#listeners].map(async (listener) => await listener.heard?.()))
  }

  /** All streams stay open, and nothing comes over them any more. */
  stall(): void {
    for (const listener of this.#listeners) listener.stall()
    this.#listeners.clear()
  }

  /** Cuts all streams. */
  cut(): void {
    for (const listener of this.#listeners) listener.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #newId(at: number): string {
    const first = BigInt(at) << 16n
    let id = first > this.#lastId || at < systemClock.now() - 1000 ? first : this.#lastId + 1n
    while (this.#posts.has(String(id))) id += 1n
    if (id > this.#lastId) this.#lastId = id
    return String(id)
  }

  #tell(id: string, event: string, payload: string): void {
    for (const [key, ids] of this.#timelines) {
      if (!ids.includes(id)) continue
      for (const listener of this.#listeners)
        for (const stream of listener.streams) if (keyOf(stream) === key) listener.send(stream, event, payload)
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    const url = new URL(request.url ?? '/', this.url)
    this.userAgents.add(request.headers['user-agent'])
    const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(JSON.stringify(body))
    const isPage = url.pathname.startsWith('/api/v1/timelines/')
    if (isPage) {
      this.pages.push(`${url.pathname.slice('/api/v1/timelines/'.length)}${url.search}`)
      await this.onPage?.(url)
    }
    const instead = isPage ? this.answers.shift() : this.refusals.shift()
    if (instead !== undefined) return void answer(instead.status, instead.body ?? { error: 'no' }, instead.headers)
    if (!this.#isAllowed(request)) return void answer(401, { error: 'The access token is invalid' })
    if (isPage) this.#page(url, answer)
    else if (url.pathname.startsWith('/api/v1/streaming/')) this.#events(url, response)
    else answer(404, { error: 'Record not found' })
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    return headers.authorization === `Bearer ${this.token}` && (headers['user-agent'] ?? '') !== ''
  }

  #page(url: URL, answer: (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void): void {
    const [, kind = '', name] = /^\/api\/v1\/timelines\/([a-z]+)(?:\/(.+))?$/.exec(url.pathname) ?? []
    const local = url.searchParams.get('local') === 'true' ? ':local' : ''
    const stream = { public: [`public${local}`], tag: [`hashtag${local}`, name ?? ''], list: ['list', name ?? ''], home: ['user'] }[kind]
    const after = url.searchParams.get('min_id')
    const limit = Math.min(mostAtOnce, Number(url.searchParams.get('limit') ?? 20))
    const ids = this.#timelines.get(keyOf(stream ?? [])) ?? []
    const behind = ids.filter((id) => after === null || id.length > after.length || (id.length === after.length && id > after))
    const some = after === null ? behind.slice(-limit) : behind.slice(0, limit)
    const query = (name: string, id: string | undefined) => {
      const copy = new URL(url)
      copy.searchParams.delete('min_id')
      copy.searchParams.set(name, id ?? '')
      return copy.href
    }
    const link = `<${query('max_id', some[0])}>; rel="next", <${query('min_id', some.at(-1))}>; rel="prev"`
    const body = some.toReversed().map((id) => this.#posts.get(id))
    answer(200, body, { 'x-ratelimit-limit': '300', 'x-ratelimit-remaining': '299', ...(some.length === 0 ? {} : { link }) })
  }

  #events(url: URL, response: ServerResponse): void {
    const name = url.pathname.slice('/api/v1/streaming/'.length).replace('/', ':')
    const of = url.searchParams.get('tag') ?? url.searchParams.get('list')
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(':)\n')
    const listener: Listener = {
      transport: 'sse',
      streams: [of === null ? [name] : [name, of]],
      send: (_stream, event, payload) => void response.write(`:thump\nevent: ${event}\ndata: ${payload}\n\n`),
      cut: () => response.destroy(),
      stall: () => {},
    }
    response.on('close', () => this.#listeners.delete(listener))
    this.#listens(listener)
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.userAgents.add(request.headers['user-agent'])
    const instead = this.refusals.shift() ?? (this.#isAllowed(request) ? undefined : { status: 401 })
    if (instead !== undefined) {
      const headers = Object.entries({ ...instead.headers, 'content-length': '0', connection: 'close' })
      socket.end(`HTTP/1.1 ${instead.status} No\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#talk(request, socket, webSocket))
  }

  #talk(request: IncomingMessage, socket: Socket, webSocket: WebSocket): void {
    const { searchParams } = new URL(request.url ?? '/', this.url)
    const listener: Listener = {
      transport: 'websocket',
      streams: [],
      send: (stream, event, payload) => webSocket.send(JSON.stringify({ stream, event, payload })),
      cut: () => socket.destroy(),
      stall: () => webSocket.pause(),
      heard: () =>
        new Promise((resolve) => {
          webSocket.once('pong', () => resolve())
          webSocket.ping()
        }),
    }
    const subscribe = (stream: string, of: string | null | undefined) => {
      if (this.unknown.has(stream)) webSocket.send(JSON.stringify({ error: `Not found: ${stream}`, status: 404 }))
      else listener.streams.push(of === null || of === undefined ? [stream] : [stream, of])
    }
    const stream = searchParams.get('stream')
    if (stream !== null) subscribe(stream, searchParams.get('tag') ?? searchParams.get('list'))
    webSocket.on('error', () => {})
    webSocket.on('close', () => this.#listeners.delete(listener))
    webSocket.on('message', (data) => {
      const said = JSON.parse((data as Buffer).toString()) as { type: string; stream: string; tag?: string; list?: string }
      if (said.type === 'subscribe') subscribe(said.stream, said.tag ?? said.list)
    })
    this.#listens(listener)
  }

  #listens(listener: Listener): void {
    this.connections += 1
    this.#listeners.add(listener)
  }
}
