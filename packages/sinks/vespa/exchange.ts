import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Dispatcher } from 'undici'

/** What sends requests to Vespa. */
export type Connections = Pick<Dispatcher, 'dispatch'>

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query, encoded. */
  readonly path: string
  /**
   * Makes the body, when it is about to be sent: a batch of large documents would not fit in memory twice.
   * @throws WeaverError `sink_rejected` when it cannot be made
   */
  readonly body?: () => string
  /** Its answer is read whatever its method: a query is a POST. Default: that of a GET is. */
  readonly reads?: true
  /** Longest answer that is read, bytes. Default: {@link mostBodyBytes}. */
  readonly mostBytes?: number
}

export interface Reply {
  readonly status: number
  /** Text of the body, the first {@link mostBodyBytes} of it; empty when all is well and nothing was asked. */
  readonly body: string
}

/** The connection broke, could not be made, or was silent for too long: whether the request arrived is not known. */
export class LostConnection {
  /** What the client calls it: `ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`. */
  readonly code: string

  constructor(error: unknown) {
    const { code } = error as { code?: unknown }
    this.code = typeof code === 'string' ? code : 'no answer'
  }
}

/** Longest body that is read: messages of errors, and the few fields that a read asks for, have a small fraction of it. */
const mostBodyBytes = 65_536

/** Bodies from this length are compressed, characters. */
const compressFrom = 32_768

const plain = { 'content-type': 'application/json', accept: 'application/json' }
const compressed = { ...plain, 'content-encoding': 'gzip' }
const compress = promisify(gzip)

/** One request and its answer. Rejects with the signal's reason; a {@link LostConnection} is an answer. */
export async function exchange(
  pool: Connections,
  request: Request,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reply | LostConnection> {
  const { method, path } = request
  const text = request.body?.() ?? null
  // Fast rather than small: the network is not that slow.
  const body = text === null || text.length < compressFrom ? text : await compress(text, { level: 1 })
  signal.throwIfAborted()
  return await new Promise((resolve, reject) => {
    const headers = typeof body === 'object' && body !== null ? compressed : plain
    const exchanged = new Exchange(method === 'GET' || request.reads === true, request.mostBytes ?? mostBodyBytes, signal, resolve, reject)
    pool.dispatch({ path, method, headers, body, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }, exchanged)
  })
}

/** The client's raw interface: it costs half of its promises per request, and most answers are read for their status alone. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #isRead: boolean
  readonly #mostBytes: number
  readonly #signal: AbortSignal
  readonly #resolve: (reply: Reply | LostConnection) => void
  readonly #reject: (reason: unknown) => void
  readonly #onAbort = () => this.#abort()
  #controller: Dispatcher.DispatchController | undefined
  #settled = false
  #status = 0
  #bytes = 0
  #chunks: Buffer[] = []

  constructor(
    isRead: boolean,
    mostBytes: number,
    signal: AbortSignal,
    resolve: (reply: Reply | LostConnection) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#isRead = isRead
    this.#mostBytes = mostBytes
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Aborted while it waited for a connection. Throwing takes it out of the queue without harm to the connection.
    if (this.#settled) throw new Error('aborted before it was sent')
    this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const wanted = this.#isRead || this.#status >= 300
    if (!wanted || this.#bytes + chunk.length > this.#mostBytes) return
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#resolve({ status: this.#status, body: this.#chunks.length === 0 ? '' : Buffer.concat(this.#chunks).toString('utf8') })
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settle()) this.#resolve(new LostConnection(error))
  }

  #abort(): void {
    if (!this.#settle()) return
    this.#reject(this.#signal.reason)
    this.#controller?.abort(new Error('aborted'))
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#signal.removeEventListener('abort', this.#onAbort)
    return true
  }
}
