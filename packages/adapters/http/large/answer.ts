import {
  type AdapterContext,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  maxHeldBytes,
  WeaverError,
} from '@data-weaver/contracts'
import { heldBeginningBytes } from './limits.ts'

/** An answer that may be too large to be held. */
export interface PossiblyLarge {
  /** Its `body` is whole, or the beginning of a large one. */
  readonly response: HttpResponse
  /** All of a large answer, to be read once or left by `close`. Absent: the body is whole. */
  readonly pieces?: AsyncIterable<Uint8Array>
  close(): void
}

/** What is looked at of a large answer to see whether it is an error, bytes: as much as of any. */
const lookedAtBytes = 65_536

type Surroundings = Pick<AdapterContext, 'http' | 'clock' | 'signal'>

/**
 * Asks for an answer that may be large. One that ends soon is as if it had been asked for like any other.
 * @throws WeaverError as `http.request` does; `source_too_large` above `maxBytes`, `source_timeout` after `timeoutMs`, also while the pieces are read
 */
export async function askPossiblyLarge(
  { http, clock }: Surroundings,
  { maxBytes = maxHeldBytes, timeoutMs, ...request }: HttpRequest,
): Promise<PossiblyLarge> {
  const stream = await http.stream({ ...request, ...(timeoutMs === undefined ? {} : { headersTimeoutMs: timeoutMs }) })
  const reading = new Reading(stream, maxBytes)
  if (timeoutMs !== undefined) {
    clock.sleep(timeoutMs, reading.over).then(
      () => reading.expire(new WeaverError('source_timeout', `The answer was not complete within ${timeoutMs} ms`)),
      () => {},
    )
  }
  const held: Uint8Array[] = []
  let bytes = 0
  let whole = false
  while (bytes < heldBeginningBytes && !whole) {
    const next = await reading.next()
    if (next === undefined) whole = true
    else {
      held.push(next)
      bytes += next.byteLength
    }
  }
  const { status, headers, url, facts } = stream
  const close = () => reading.close()
  const answer = { status, headers, url, facts }
  if (whole) return { response: { ...answer, body: Buffer.concat(held, bytes) }, close }
  const response = { ...answer, body: Buffer.concat(held, Math.min(bytes, lookedAtBytes)) }
  return { response, pieces: piecesOf(held, reading), close }
}

async function* piecesOf(held: Uint8Array[], reading: Reading): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = held.shift(); piece !== undefined; piece = held.shift()) yield piece
    for (let piece = await reading.next(); piece !== undefined; piece = await reading.next()) yield piece
  } finally {
    reading.close()
  }
}

/** A body as it comes, within its limits. */
class Reading {
  readonly #stream: HttpStream
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #maxBytes: number
  readonly #over = new AbortController()
  #bytes = 0
  #expired: WeaverError | undefined

  constructor(stream: HttpStream, maxBytes: number) {
    this.#stream = stream
    this.#maxBytes = maxBytes
    this.#pieces = stream.body[Symbol.asyncIterator]()
  }

  /** Aborts when it is read to its end or left. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Ends it with this error at the next piece. */
  expire(error: WeaverError): void {
    this.#expired = error
    this.#stream.close()
  }

  /** The next piece, or undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#pieces.next()
      if (this.#expired !== undefined) throw this.#expired
      if (next.done === true) {
        this.#over.abort()
        return undefined
      }
      this.#bytes += next.value.byteLength
      if (this.#bytes > this.#maxBytes)
        throw new WeaverError(
          'source_too_large',
          `The answer has more than ${this.#maxBytes} bytes, which is the limit: \`request.maxBytes\``,
        )
      return next.value
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    this.#over.abort()
    this.#stream.close()
  }
}
