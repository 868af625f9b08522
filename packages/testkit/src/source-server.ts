import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { systemClock } from '@data-weaver/contracts'
import { eventually } from './eventually.ts'

/** One scripted answer. Everything is optional: `{}` is an empty 200. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body?: unknown
  /** Wait before the first byte, milliseconds. */
  readonly delayMs?: number
  /** Compresses the body and says so. */
  readonly gzip?: boolean
  /** Says this length, whatever the body has. */
  readonly contentLength?: number
  /** Sends the body in pieces of so many bytes, with a pause before each. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number }
  /** Stops there and never goes on: before the head, after it, or in the middle of the body. */
  readonly hang?: 'head' | 'body' | 'middle'
  /** Resets the connection there. */
  readonly reset?: 'head' | 'body' | 'middle'
  /** Sends the body again and again, for ever. */
  readonly endless?: boolean
  /** Sends the client there (status 302 unless another is given). */
  readonly redirect?: string
}

export interface RecordedRequest {
  readonly method: string
  /** Path and query as they were sent. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** When it was complete, milliseconds of the monotonic clock. */
  readonly at: number
}

/** Answers one after the other, the last one again and again; or a function of the request and its index from 0. */
export type Script = readonly Answer[] | ((request: RecordedRequest, index: number) => Answer | Promise<Answer>)

export interface SourceServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly port: number
  readonly requests: readonly RecordedRequest[]
  /** Replaces the script; its index begins at 0 again. */
  play(script: Script): void
  /** Waits for so many requests, and answers the last of them. */
  requested(count: number): Promise<RecordedRequest>
  /** Connections that are open now. */
  connections(): number
  close(): Promise<void>
}

/** A local HTTP server that plays scripted answers and remembers every request with its time. */
export async function sourceServer(script: Script = [{}]): Promise<SourceServer> {
  const requests: RecordedRequest[] = []
  const closing = new AbortController()
  let playing = { script, index: 0 }
  let open = 0
  const server = createServer((incoming, response) => {
    void (async () => {
      const request = await record(incoming)
      const now = playing
      const index = now.index++
      requests.push(request)
      const answer =
        typeof now.script === 'function' ? await now.script(request, index) : (now.script[Math.min(index, now.script.length - 1)] ?? {})
      await send(answer, response, closing.signal)
    })().catch((error: unknown) => {
      // A client that went away, or the end of the server: neither is news. A script that throws is.
      if (!closing.signal.aborted && !response.destroyed) response.destroy(error as Error)
    })
  })
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => (open -= 1))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async () => {
    if (closing.signal.aborted) return
    closing.abort(new Error('the source server closes'))
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    play(next) {
      playing = { script: next, index: 0 }
    },
    requested: (count) => eventually(() => requests[count - 1], { what: `request number ${count}` }),
    connections: () => open,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const path = incoming.url ?? '/'
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URL(path, 'http://source').searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    at: systemClock.monotonic(),
  }
}

async function send(answer: Answer, response: ServerResponse, closing: AbortSignal): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the client is gone')))
  const signal = AbortSignal.any([closing, gone.signal])
  const stopAt = async (place: 'head' | 'body' | 'middle') => {
    if (answer.reset === place) response.socket?.resetAndDestroy()
    if (answer.reset === place || answer.hang === place) await once(signal, 'abort')
    signal.throwIfAborted()
  }
  if (answer.delayMs !== undefined) await systemClock.sleep(answer.delayMs, signal)
  await stopAt('head')
  const body = bytesOf(answer)
  const { drip, endless = false } = answer
  const headers: Record<string, string | readonly string[]> = {
    ...(answer.body === undefined || typeof answer.body === 'string' || answer.body instanceof Uint8Array
      ? {}
      : { 'content-type': 'application/json' }),
    ...(answer.gzip === true ? { 'content-encoding': 'gzip' } : {}),
    ...(answer.redirect === undefined ? {} : { location: answer.redirect }),
    ...(answer.contentLength === undefined
      ? endless
        ? {}
        : { 'content-length': String(body.byteLength) }
      : { 'content-length': String(answer.contentLength) }),
    ...answer.headers,
  }
  response.writeHead(answer.status ?? (answer.redirect === undefined ? 200 : 302), headers as Record<string, string | string[]>)
  response.flushHeaders()
  await stopAt('body')
  const half = Math.floor(body.byteLength / 2)
  if (answer.reset === 'middle' || answer.hang === 'middle') {
    await write(response, body.subarray(0, half), signal)
    await stopAt('middle')
  }
  if (drip !== undefined) {
    for (let from = 0; from < body.byteLength; from += drip.bytes) {
      await systemClock.sleep(drip.everyMs, signal)
      await write(response, body.subarray(from, from + drip.bytes), signal)
    }
  } else {
    do await write(response, body, signal)
    while (endless)
  }
  response.end()
}

async function write(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (bytes.byteLength > 0 && !response.write(bytes)) await once(response, 'drain', { signal })
}

function bytesOf({ body, gzip = false, endless = false }: Answer): Buffer {
  const plain =
    body instanceof Uint8Array
      ? Buffer.from(body)
      : Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
  if (endless && plain.byteLength === 0) return Buffer.alloc(65_536, ' ')
  return gzip ? gzipSync(plain) : plain
}
