import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WeaverError } from '@data-weaver/contracts'
import type { WebSocketConnection, WebSocketRequest } from '@data-weaver/contracts'
import { WebSocket } from 'ws'
import { dial } from './dial.ts'
import { handshakeHop } from './hop.ts'
import type { Hop } from './hop.ts'
import { refusedUpgrade } from './refused-upgrade.ts'
import { checkLimits, factsOf, failureOf, Hold } from './way.ts'
import type { Way } from './way.ts'
import { OpenWebSocket } from './websocket-connection.ts'

/** Status line and headers of an answer together. Bytes. */
const MAX_RESPONSE_HEADER_BYTES = 32 * 1024

/** Opens a WebSocket on a checked connection of its own. Compression is not offered: it costs memory for each connection. */
export async function openWebSocket(way: Way, request: WebSocketRequest): Promise<WebSocketConnection> {
  const { settings, deadlines, redactor } = way
  const { openTimeoutMs = settings.headersTimeoutMs, idleTimeoutMs, pingMs, maxMessageBytes = settings.maxBytes } = request
  checkLimits({ openTimeoutMs, idleTimeoutMs, pingMs, maxMessageBytes })
  const hop = handshakeHop(request, settings.userAgent, redactor)
  const started = settings.clock.monotonic()
  // The dialling and the handshake share one time limit, so both listen to a signal of their own.
  const opening = new AbortController()
  const hold = new Hold(way, (reason) => opening.abort(reason))
  const late = () =>
    opening.abort(new WeaverError('source_timeout', `"${redactor.values(hop.url.host)}" opened no WebSocket within ${openTimeoutMs} ms`))
  const deadline = deadlines.set(openTimeoutMs, late)
  try {
    const own: Way = { ...way, scope: { ...way.scope, signal: opening.signal } }
    const socket = await dial(own, hop.url, { alpn: ['http/1.1'] })
    const limit = Math.min(maxMessageBytes, settings.maxBytes)
    const { websocket, answer } = await shakeHands(own, hop, socket, request.protocols ?? [], limit)
    const asked = { ...hop, url: new URL(hop.url.href.replace(/^http/, 'ws')) }
    const facts = factsOf(way, asked, { status: answer.statusCode ?? 101, headers: joined(answer) }, started)
    return new OpenWebSocket({ way, websocket, facts, host: redactor.values(hop.url.host), idleTimeoutMs, pingMs, maxMessageBytes: limit })
  } finally {
    deadlines.clear(deadline)
    hold.release()
  }
}

function joined({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
}

interface Handshake {
  readonly websocket: WebSocket
  readonly answer: IncomingMessage
}

function shakeHands(way: Way, hop: Hop, socket: Socket, protocols: readonly string[], maxPayload: number): Promise<Handshake> {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>()
  const { signal } = way.scope
  const websocket = new WebSocket(hop.url, [...protocols], {
    createConnection: () => socket,
    headers: hop.headers as Record<string, string>,
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload,
    maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
  })
  const give = (error: unknown) => {
    reject(error)
    socket.destroy()
  }
  const abort = () => give(signal.reason)
  signal.addEventListener('abort', abort)
  let answer: IncomingMessage | null = null
  websocket.once('upgrade', (response) => (answer = response))
  websocket.once('unexpected-response', (_request, response) => void refusedUpgrade(way, hop, response).then(give, give))
  // It stays: the library reports more than one error in some cases, and an error nobody listens to ends the process.
  websocket.on('error', (error: Error & { code?: unknown }) => {
    if (error.code !== undefined) give(failureOf(way, error, { url: hop.url, answered: false }))
    else give(new WeaverError('source_malformed', `"${way.redactor.values(hop.url.host)}" answered with a handshake that is not valid`))
  })
  websocket.once('open', () => {
    // Paused until there is somebody to take the messages, or the first ones would be lost.
    websocket.pause()
    resolve({ websocket, answer: answer as unknown as IncomingMessage })
  })
  return promise.finally(() => signal.removeEventListener('abort', abort))
}
