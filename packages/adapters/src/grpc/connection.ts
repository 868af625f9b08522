import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { compressionGzip, createGrpcTransport, type GrpcTransportOptions, Http2SessionManager } from '@connectrpc/connect-node'
import { type Clock, type Http, WeaverError } from '@data-weaver/contracts'

/** What may be on its way without an acknowledgement, in bytes: with the usual 64 KiB a distant endpoint sends no more than 1 MB a second. */
const windowBytes = 4 * 1024 * 1024

/** How long to wait for what was received before the connection was lost, in milliseconds. */
const lastWordsMs = 200

/** What a connection needs besides the call. */
export interface GrpcConnectionOptions {
  /** `http:` or `https:`; a path is put before that of the call. */
  readonly endpoint: string
  readonly http: Pick<Http, 'dial'>
  readonly clock: Clock
  /** Longest silence, in milliseconds. */
  readonly idleMs: number
  /** A connection that says nothing for so long is asked whether it lives, and has so long to answer. Milliseconds. */
  readonly pingMs: number
  readonly pingTimeoutMs: number
  /** Largest message, in bytes; a larger one ends the call. */
  readonly maxMessageBytes: number
}

/**
 * One call on a connection of its own, which is gone when the call is.
 * @param signal of the run; `say` gets one that also ends when the connection does
 * @param say makes the call and gives what is said
 * @throws ConnectError what the client says; WeaverError what the egress says, `source_timeout` after too long a silence,
 * `source_truncated` when the connection is lost, `source_malformed` for what is no gRPC, or the
 * signal's reason.
 */
export async function* grpcConnection<T>(
  options: GrpcConnectionOptions,
  signal: AbortSignal,
  say: (transport: Transport, signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const { endpoint, http } = options
  signal.throwIfAborted()
  const socket = await http.dial(endpoint, { alpn: ['h2'] })
  // The HTTP/2 session listens for errors once it has the socket; until then nobody else does.
  socket.on('error', () => {})
  const over = new AbortController()
  const stop = () => over.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const sessions = sessionOver(options, () => socket)
  const patience = new Patience(options, over)
  const lost = () => patience.shorten(lastWordsMs)
  // A connection that breaks can leave a stream of node:http2 without an error and without an end.
  socket.once('close', lost)
  if (socket.destroyed) lost()
  try {
    if ('alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
      throw new WeaverError('source_rejected', 'The endpoint does not speak HTTP/2, which gRPC needs.')
    }
    const transport = createGrpcTransport({
      baseUrl: endpoint.replace(/\/+$/, ''),
      sessionManager: sessions.manager,
      acceptCompression: [compressionGzip],
      readMaxBytes: options.maxMessageBytes,
    })
    const said = say(transport, over.signal)[Symbol.asyncIterator]()
    for (;;) {
      const next = await patience.with(said.next())
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason
    throw isNonsense(error) && !socket.destroyed && !socket.readableEnded
      ? new WeaverError('source_malformed', `The endpoint sent what is no message of gRPC: ${error.rawMessage}.`)
      : error
  } finally {
    signal.removeEventListener('abort', stop)
    socket.off('close', lost)
    over.abort(new WeaverError('interrupted', 'The call is over.'))
    sessions.end()
    socket.destroy()
  }
}

/** What the client makes of bytes that it cannot read. Of a connection that is lost it may make the same. */
const isNonsense = (error: unknown): error is ConnectError =>
  error instanceof ConnectError &&
  [Code.Internal, Code.InvalidArgument].includes(error.code) &&
  error.cause === undefined &&
  [...error.metadata.keys()].length === 0

function sessionOver({ endpoint, pingMs, pingTimeoutMs }: GrpcConnectionOptions, connect: () => Awaited<ReturnType<Http['dial']>>) {
  let used = false
  // Pings go on only while the call does: the manager would otherwise ping a session that is gone already, which throws where nobody
  // catches. What it keeps of one that is gone, it keeps for the idle time.
  const keepAlive = { pingIntervalMs: pingMs, pingTimeoutMs, pingIdleConnection: false, idleConnectionTimeoutMs: 5000 }
  const inner = new Http2SessionManager(endpoint, keepAlive, {
    settings: { initialWindowSize: windowBytes, enablePush: false },
    createConnection() {
      // A session that is lost is not made anew below us: whoever reconnects must know from which cursor.
      if (used) throw new WeaverError('source_truncated', 'The connection to the endpoint was lost.')
      used = true
      return connect()
    },
  })
  const manager: NonNullable<GrpcTransportOptions['sessionManager']> = {
    authority: inner.authority,
    async request(...request) {
      const stream = await inner.request(...request)
      // A session that breaks says so after the manager has stopped listening, when the call was ended in between; nobody else would.
      stream.session?.on('error', () => {})
      // The window of the stream is a setting; that of the connection is not.
      stream.session?.setLocalWindowSize(windowBytes)
      return stream
    },
    notifyResponseByteRead: (stream) => inner.notifyResponseByteRead(stream),
  }
  return { manager, end: () => inner.abort() }
}

/** Ends a call whose next message does not come. While nobody waits for one, no time passes. */
class Patience {
  readonly #clock: Clock
  readonly #over: AbortController
  #limitMs: number
  #lost = false
  #timer: AbortController | undefined

  constructor({ clock, idleMs }: GrpcConnectionOptions, over: AbortController) {
    this.#clock = clock
    this.#limitMs = idleMs
    this.#over = over
  }

  /** The connection is lost: only what was received already can still come. */
  shorten(limitMs: number): void {
    this.#limitMs = limitMs
    this.#lost = true
    if (this.#timer !== undefined) this.#start()
  }

  async with<T>(next: Promise<T>): Promise<T> {
    this.#start()
    try {
      return await next
    } finally {
      this.#timer?.abort()
      this.#timer = undefined
    }
  }

  #start(): void {
    this.#timer?.abort()
    const timer = (this.#timer = new AbortController())
    this.#clock.sleep(this.#limitMs, timer.signal).then(
      () => this.#over.abort(this.#error()),
      () => {},
    )
  }

  #error(): WeaverError {
    if (this.#lost) return new WeaverError('source_truncated', 'The connection to the endpoint was lost.')
    return new WeaverError('source_timeout', `The endpoint has said nothing for ${this.#limitMs} ms.`)
  }
}
