import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { WebSocketServer } from 'ws'
import type { ServerOptions, WebSocket } from 'ws'
import { listening } from './source.ts'
import type { Identity, Source } from './source.ts'

export interface WebSocketSourceOptions extends Pick<ServerOptions, 'autoPong' | 'handleProtocols' | 'perMessageDeflate'> {
  readonly identity?: Identity
}

/** A real WebSocket server on a free loopback port. */
export async function startWebSocketSource(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void,
  { identity, ...options }: WebSocketSourceOptions = {},
): Promise<Source> {
  const server = identity === undefined ? createHttpServer() : createHttpsServer({ cert: identity.cert, key: identity.keyPem })
  const sockets = new WebSocketServer({ server, ...options })
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {})
    onConnection(socket, request)
  })
  const source = await listening(server, identity === undefined ? 'ws' : 'wss')
  server.on('upgrade', (request: IncomingMessage) => source.requests.push(request))
  return source
}
