import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '@data-weaver/contracts'
import type { WebSocket } from 'ws'
import type { Kind } from './frames.ts'
import { slowConsumer } from './messages.ts'

/** Why the server hangs up, with the code of the WebSocket's close and the text that goes with it. */
export const endings = {
  slowConsumer: { status: 4008, ...slowConsumer },
  signedOut: { status: 4401, code: 'unauthorized', detail: 'The session is over. Sign in again.' },
  goingAway: { status: 1001, code: 'going_away', detail: 'The server shuts down. Come back and resume.' },
} as const
export type Ending = (typeof endings)[keyof typeof endings]

/** How long a client may take to read the last message before the connection is cut, milliseconds. */
const lastWordsMs = 5000

/** A connection that bytes are written to. */
export interface Transport {
  readonly kind: Kind
  /** Aborts when the connection is gone or is ended. */
  readonly signal: AbortSignal
  /** Bytes that wait for the client to read. */
  pending(): number
  /** Bytes that went out so far. */
  sent(): number
  write(bytes: Buffer): void
  /** Calls back once when less waits. */
  onDrain(callback: () => void): () => void
  /** Asks for an answer; false when the one before was never given. */
  isAnswering(): boolean
  /** Says why and hangs up; what was written before still goes out, if it is read soon. */
  end(ending: Ending): void
}

export function sseTransport(response: ServerResponse, clock: Clock): Transport {
  const over = new AbortController()
  response.once('close', () => over.abort())
  // A write that meets a broken connection is reported here, perhaps more than once.
  response.on('error', () => over.abort())
  return {
    kind: 'sse',
    signal: over.signal,
    pending: () => response.writableLength,
    sent: () => (response.socket?.bytesWritten ?? 0) - response.writableLength,
    write: (bytes) => void response.write(bytes),
    onDrain(callback) {
      response.once('drain', callback)
      return () => response.off('drain', callback)
    },
    isAnswering: () => true,
    end({ code, detail }) {
      if (over.signal.aborted) return
      over.abort()
      response.end(`event: error\ndata: ${JSON.stringify({ code, detail })}\n\n`)
      cutLater(
        clock,
        (cut) => response.once('close', cut),
        () => response.destroy(),
      )
    },
  }
}

export function webSocketTransport(webSocket: WebSocket, socket: Socket, clock: Clock): Transport {
  const over = new AbortController()
  let isAnswered = true
  webSocket.once('close', () => over.abort())
  webSocket.on('error', () => over.abort())
  webSocket.on('pong', () => (isAnswered = true))
  return {
    kind: 'ws',
    signal: over.signal,
    pending: () => socket.writableLength,
    sent: () => socket.bytesWritten - socket.writableLength,
    // Whole frames, made once for many clients; the library frames, masks and copies for each of them anew.
    write: (bytes) => void socket.write(bytes),
    onDrain(callback) {
      socket.once('drain', callback)
      return () => socket.off('drain', callback)
    },
    isAnswering() {
      const before = isAnswered
      isAnswered = false
      webSocket.ping()
      return before
    },
    end({ status, code }) {
      if (over.signal.aborted) return
      over.abort()
      webSocket.close(status, code)
      cutLater(
        clock,
        (cut) => webSocket.once('close', cut),
        () => webSocket.terminate(),
      )
    },
  }
}

function cutLater(clock: Clock, onClose: (callback: () => void) => void, cut: () => void): void {
  const closed = new AbortController()
  onClose(() => closed.abort())
  clock.sleep(lastWordsMs, closed.signal).then(cut, () => {})
}
