import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Clock, LinkOptions } from '@data-weaver/contracts'
import { Agent } from 'undici'
import { maxObjectBytes } from '../key.ts'
import type { Encryption, S3Settings } from '../store-url.ts'
import { type Answer, exchange, ExchangeError } from './exchange.ts'
import { connectionFailure } from './failure.ts'
import { emptyPayload, queryText, type SignedRequest, Signer, unsignedPayload } from './signature.ts'

/** Connections to the store. One carries one request at a time. */
const connections = 64

/** Longest time to make a connection, milliseconds. */
const connectTimeoutMs = 5000

/** How long an unused connection is kept, milliseconds. Shorter than what servers and balancers keep, so that few break in our hands. */
const keepAliveMs = 10_000

/** Slowest transfer that is waited for: 256 KiB a second. */
const bytesPerMs = 262.144

/** How long closing waits for what is under way, milliseconds, before it cuts the connections. */
const closeMs = 5000

export interface ObjectsOptions {
  readonly settings: S3Settings
  readonly clock: Clock
  /** Certificate authorities to trust, PEM; absent: those of Node. */
  readonly ca?: string | string[]
  /** Longest time of one request, milliseconds; bodies get more by their size. */
  readonly timeoutMs: number
}

export interface Upload {
  readonly body: Uint8Array
  readonly contentType: string
  readonly contentEncoding?: string
  /** Whether the store is to refuse the upload (412) when the object is there. */
  readonly onlyIfMissing: boolean
}

/** Where an object is: the real name of the bucket, and the name in it. */
export interface Place {
  readonly bucket: string
  readonly name: string
}

/** An answer whose body is read while it comes. Where it is an error, `body` has it. */
export interface OpenAnswer extends Answer {
  readonly pieces: AsyncIterable<Buffer>
  /** Nobody will read the pieces. */
  leave(): void
}

const nothing = Buffer.alloc(0)
const begunInTime = new Error('the answer has begun')

async function* reading(body: AsyncIterable<Buffer> | readonly Buffer[], over: () => void): AsyncGenerator<Buffer> {
  try {
    yield* body
  } finally {
    over()
  }
}

/** The hot path: single requests for single objects, signed here, sent by undici. Answers have any status; nothing is tried again. */
export class Objects {
  readonly #options: ObjectsOptions
  readonly #agent: Agent
  readonly #signer: Signer
  readonly #encryption: Readonly<Record<string, string>>
  readonly #busy = new Set<Promise<Answer>>()

  constructor(options: ObjectsOptions) {
    const { settings, ca } = options
    this.#options = options
    this.#encryption = encryptionHeaders(settings.encryption)
    this.#signer = new Signer(settings.credentials, settings.region)
    this.#agent = new Agent({
      connections,
      // HTTP/2 brings nothing here: stores do not offer it, or serialise uploads.
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      // The exchange has its own deadline, which also counts the wait for a connection.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) },
    })
  }

  put(bucket: string, name: string, upload: Upload, signal: AbortSignal, what: string): Promise<Answer> {
    const { body, contentType, contentEncoding, onlyIfMissing } = upload
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    const headers: Record<string, string> = { 'content-type': contentType, ...this.#encryption }
    if (contentEncoding !== undefined) headers['content-encoding'] = contentEncoding
    if (onlyIfMissing) headers['if-none-match'] = '*'
    return this.#send('PUT', bucket, name, headers, bytes, signal, what)
  }

  get(bucket: string, name: string, signal: AbortSignal, what: string): Promise<Answer> {
    return this.#send('GET', bucket, name, {}, undefined, signal, what)
  }

  head(bucket: string, name: string, signal: AbortSignal, what: string): Promise<Answer> {
    return this.#send('HEAD', bucket, name, {}, undefined, signal, what)
  }

  /** One request of a multipart upload. `query` says which one. */
  part(
    method: 'PUT' | 'POST' | 'DELETE',
    { bucket, name }: Place,
    query: Readonly<Record<string, string>>,
    sent: { readonly body?: Buffer; readonly headers?: Readonly<Record<string, string>>; readonly extraMs?: number },
    signal: AbortSignal,
    what: string,
  ): Promise<Answer> {
    return this.#send(method, bucket, name, sent.headers ?? {}, sent.body, signal, what, query, sent.extraMs)
  }

  /** Headers that ask the store to encrypt, where it is to. */
  get encryption(): Readonly<Record<string, string>> {
    return this.#encryption
  }

  /**
   * Begins to read an object at a byte. Resolves with the headers, whatever the status; `pieces` is for 200 and 206, and must be read or left. A
   * silence longer than the time limit ends them.
   */
  async open(bucket: string, name: string, from: number, signal: AbortSignal, what: string): Promise<OpenAnswer> {
    const { clock, settings, timeoutMs } = this.#options
    const { origin, host, path } = address(settings, bucket, name)
    const more: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` }
    const headers = this.#signer.headers({ method: 'GET', host, path, payload: emptyPayload, headers: more }, clock.now())
    signal.throwIfAborted()
    const stop = new AbortController()
    const begun = new AbortController()
    const onAbort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const over = () => signal.removeEventListener('abort', onAbort)
    void clock.sleep(timeoutMs, begun.signal).then(
      () => stop.abort(new ExchangeError('timeout', 'no answer in time')),
      () => {},
    )
    try {
      const request = { origin, path, method: 'GET' as const, headers, signal: stop.signal, bodyTimeout: timeoutMs }
      const { statusCode: status, headers: answered, body } = await this.#agent.request(request)
      const leave = () => {
        over()
        body.destroy()
      }
      if (status === 200 || status === 206) return { status, headers: answered, body: nothing, pieces: reading(body, over), leave }
      const whole = Buffer.from(await body.arrayBuffer())
      over()
      return { status, headers: answered, body: whole, pieces: reading([], over), leave }
    } catch (error) {
      over()
      throw connectionFailure(stop.signal.aborted ? stop.signal.reason : error, signal, what)
    } finally {
      begun.abort(begunInTime)
    }
  }

  /** An address with its signature in it, for a GET. */
  link(bucket: string, name: string, { expiresIn, fileName }: LinkOptions): string {
    const { clock, settings } = this.#options
    const { origin, host, path } = address(settings, bucket, name)
    // What is stored comes from anywhere: a browser must save it, never show it.
    const query = {
      'response-content-disposition': `attachment; filename="${fileName}"`,
      'response-content-type': 'application/octet-stream',
    }
    return `${origin}${path}?${this.#signer.query({ host, path, expiresIn, query }, clock.now())}`
  }

  /** Waits a little for what is under way, then cuts it off. */
  async close(): Promise<void> {
    const over = new AbortController()
    const late = this.#options.clock.sleep(closeMs, over.signal).catch(() => {})
    // Not by the agent's own `close`: it forgets its connections at once, and nothing can cut them after that.
    await Promise.race([Promise.allSettled(this.#busy), late])
    over.abort()
    await Promise.all([late, this.#agent.destroy()])
  }

  async #send(
    method: SignedRequest['method'],
    bucket: string,
    name: string,
    more: Readonly<Record<string, string>>,
    body: Buffer | undefined,
    signal: AbortSignal,
    what: string,
    parameters?: Readonly<Record<string, string>>,
    extraMs = 0,
  ): Promise<Answer> {
    const { clock, settings, timeoutMs } = this.#options
    const { origin, host, path } = address(settings, bucket, name)
    const query = parameters === undefined ? '' : queryText(parameters)
    const payload = payloadOf(body, settings.tls)
    const headers = this.#signer.headers({ method, host, path, query, payload, headers: more }, clock.now())
    const limitMs = timeoutMs + extraMs + (body?.length ?? 0) / bytesPerMs
    const limits = { clock, signal, timeoutMs: limitMs, bytesPerMs, maxBytes: maxObjectBytes }
    const target = query === '' ? path : `${path}?${query}`
    const running = exchange(this.#agent, { origin, path: target, method, headers, body: body ?? null }, limits)
    this.#busy.add(running)
    try {
      return await running
    } catch (error) {
      throw connectionFailure(error, signal, what)
    } finally {
      this.#busy.delete(running)
    }
  }
}

function encryptionHeaders(encryption: Encryption | undefined): Readonly<Record<string, string>> {
  if (encryption === undefined) return {}
  const headers = { 'x-amz-server-side-encryption': encryption.algorithm }
  if (encryption.algorithm === 'AES256' || encryption.key === undefined) return headers
  return { ...headers, 'x-amz-server-side-encryption-aws-kms-key-id': encryption.key }
}

/** Without TLS the signature covers the body, so the store notices when it was changed on the way. TLS sees to that itself. */
function payloadOf(body: Buffer | undefined, tls: boolean): string {
  if (body === undefined) return emptyPayload
  return tls ? unsignedPayload : hash('sha256', body, 'hex')
}

/** Where an object is. Names are made of unreserved characters, so nothing needs encoding. */
export function address(
  settings: S3Settings,
  bucket: string,
  name: string,
): { readonly origin: string; readonly host: string; readonly path: string } {
  const { style, tls, port } = settings
  const server = isIPv6(settings.host) ? `[${settings.host}]` : settings.host
  const hostname = style === 'host' ? `${bucket}.${server}` : server
  // As undici writes it: without the port that the scheme implies.
  const host = port === (tls ? 443 : 80) ? hostname : `${hostname}:${port}`
  return { origin: `${tls ? 'https' : 'http'}://${host}`, host, path: style === 'host' ? `/${name}` : `/${bucket}/${name}` }
}
