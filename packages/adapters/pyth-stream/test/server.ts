import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Price {
  readonly id: string
  readonly price: { readonly price: string; readonly conf: string; readonly expo: number; readonly publish_time: number }
  readonly metadata: { readonly slot: number }
}

/** A price of 1 and so many millionths. */
export const priceOf = (id: string, millionths: number, seconds: number, slot = seconds * 2): Price => ({
  id,
  price: { price: String(1_000_000 + millionths), conf: '25', expo: -6, publish_time: 1_772_360_000 + seconds },
  metadata: { slot },
})

interface Listener {
  readonly ids: Set<string>
  send(prices: readonly Price[]): void
  cut(): void
  end(reason: string): void
}

/** A server that speaks as Hermes does. */
export class HermesServer implements AsyncDisposable {
  readonly token = 'hermes-token-+/='
  /** The feeds that there are, with their latest prices. */
  readonly latest = new Map<string, Price>()
  readonly listeners = new Set<Listener>()
  connections = 0
  /** Requests for the latest prices. */
  asked = 0
  latestStatus = 200
  /** Called before the latest prices are answered. */
  onLatest: (() => void) | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #webSockets = new WebSocketServer({ noServer: true })

  private constructor() {
    this.#server = createServer((request, response) => this.#handle(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request, socket, head) => {
      if (!this.#isAllowed(request)) return void socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#talk(socket as Socket, webSocket))
    })
  }

  static async start(...prices: readonly Price[]): Promise<HermesServer> {
    const server = new HermesServer()
    for (const price of prices) server.latest.set(price.id, price)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Publishes prices together, to all who listen to any of them. */
  publish(...prices: readonly Price[]): void {
    for (const price of prices) this.latest.set(price.id, price)
    this.send(...prices)
  }

  /** Sends prices that need not be the latest. */
  send(...prices: readonly Price[]): void {
    for (const { ids, send } of this.listeners) {
      const wanted = prices.filter(({ id }) => ids.has(id))
      if (wanted.length > 0) send(wanted)
    }
  }

  /** Ends all streams as Hermes does: with the reason, then in good order. */
  end(reason: string): void {
    for (const listener of this.listeners) listener.end(reason)
  }

  cut(): void {
    for (const listener of this.listeners) listener.cut()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #isAllowed({ headers }: IncomingMessage): boolean {
    return headers.authorization === `Bearer ${this.token}`
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const plain = (status: number, text: string) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
    if (!this.#isAllowed(request)) return plain(401, 'Unauthorized')
    const ids = searchParams.getAll('ids[]')
    const unknown = ids.filter((id) => !this.latest.has(id))
    if (unknown.length > 0) return plain(404, `Price ids not found: ${unknown.map((id) => `0x${id}`).join(', ')}`)
    if (pathname === '/v2/updates/price/latest') this.#latest(ids, response)
    else if (pathname === '/v2/updates/price/stream') this.#stream(ids, response)
    else plain(404, 'page not found')
  }

  #latest(ids: readonly string[], response: ServerResponse): void {
    this.asked += 1
    const parsed = ids.map((id) => this.latest.get(id))
    this.onLatest?.()
    response.writeHead(this.latestStatus, { 'content-type': 'application/json' }).end(JSON.stringify({ binary: {}, parsed }))
  }

  #stream(ids: readonly string[], response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    const listener: Listener = {
      ids: new Set(ids),
      send: (parsed) => void response.write(`data:${JSON.stringify({ binary: { encoding: 'hex', data: ['504e4155'] }, parsed })}\n\n`),
      cut: () => response.destroy(),
      end: (reason) => void response.end(`event:error\ndata:${reason}\n\n`),
    }
    response.on('close', () => this.listeners.delete(listener))
    this.#listens(listener)
  }

  #talk(socket: Socket, webSocket: WebSocket): void {
    const say = (message: object) => webSocket.send(JSON.stringify(message))
    const listener: Listener = {
      ids: new Set(),
      send: (prices) => prices.forEach((price) => say({ type: 'price_update', price_feed: price })),
      cut: () => socket.destroy(),
      end(reason) {
        if (reason !== '') say({ status: 'error', error: reason })
        webSocket.close(1000)
      },
    }
    webSocket.on('error', () => {})
    webSocket.on('close', () => this.listeners.delete(listener))
    webSocket.on('message', (data) => {
      const { type, ids } = JSON.parse((data as Buffer).toString()) as { type: string; ids: readonly string[] }
      const unknown = ids.filter((id) => !this.latest.has(id))
      if (type !== 'subscribe') say({ type: 'response', status: 'error', error: 'unknown type' })
      else if (unknown.length > 0)
        say({ type: 'response', status: 'error', error: `Price feed(s) with id(s) [${unknown.join(', ')}] not found` })
      else {
        say({ type: 'response', status: 'success' })
        for (const id of ids) listener.ids.add(id)
        this.#listens(listener)
      }
    })
  }

  #listens(listener: Listener): void {
    this.connections += 1
    this.listeners.add(listener)
  }
}
