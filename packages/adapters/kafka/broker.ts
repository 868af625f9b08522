import { type Clock, type Http, WeaverError } from '@data-weaver/contracts'
import { type Connection, Reader, type ResponseParser, Writer } from '@platformatic/kafka'

/** Largest answer of a broker, bytes. It holds to what a fetch asks for, and only a single batch may be larger. */
const maxAnswerBytes = 64 * 1024 * 1024
/** How we are called in the logs of a broker. */
const clientId = 'data-weaver'

type Socket = Awaited<ReturnType<Http['dial']>>

interface Pending {
  readonly parse: (body: Buffer) => void
  readonly fail: (error: Error) => void
}

/**
 * Requests to one broker over a connection that the egress has checked. It stands in for the connection of the client library, which opens
 * sockets by itself; the library writes the requests and reads the answers.
 */
export class Broker {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #requestMs: number
  readonly #name: string
  readonly #pending = new Map<number, Pending>()
  #correlation = 0
  #chunks: Buffer[] = []
  #received = 0
  #lost: Error | undefined

  /** @param name host and port, for errors */
  constructor(socket: Socket, name: string, { clock, requestMs }: { readonly clock: Clock; readonly requestMs: number }) {
    this.#socket = socket
    this.#clock = clock
    this.#requestMs = requestMs
    this.#name = name
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#lose(error))
    socket.once('close', () => this.#lose(undefined))
    if (socket.destroyed) this.#lose(undefined)
  }

  /** As the library's own connection, as far as its requests use it. */
  get connection(): Connection {
    return this as unknown as Connection
  }

  close(): void {
    this.#lose(new WeaverError('source_truncated', `The connection to ${this.#name} was closed`))
    this.#socket.destroy()
  }

  /** Called by the library. */
  send<T>(
    apiKey: number,
    apiVersion: number,
    createPayload: () => Writer,
    parser: (...answer: Parameters<ResponseParser<T>>) => T,
    requestTags: boolean,
    responseTags: boolean,
    callback: (error: Error | null, answer?: T) => void,
  ): void {
    if (this.#lost !== undefined) return callback(this.#lost)
    const correlation = (this.#correlation = (this.#correlation + 1) & 0x7fffffff)
    const head = Writer.create().appendInt16(apiKey).appendInt16(apiVersion).appendInt32(correlation).appendString(clientId, false)
    if (requestTags) head.appendTaggedFields()
    const answered = new AbortController()
    const settle = (error: Error | null, answer?: T): void => {
      this.#pending.delete(correlation)
      answered.abort()
      callback(error, answer)
    }
    this.#pending.set(correlation, {
      fail: (error) => settle(error),
      parse: (body) => {
        let answer: T
        try {
          answer = parser(correlation, apiKey, apiVersion, Reader.from(body.subarray(responseTags ? 1 : 0)))
        } catch (error) {
          return settle(error as Error)
        }
        settle(null, answer)
      },
    })
    this.#clock.sleep(this.#requestMs, answered.signal).then(
      () => {
        this.#lose(new WeaverError('source_timeout', `${this.#name} did not answer within ${this.#requestMs} ms`))
        this.#socket.destroy()
      },
      () => {},
    )
    this.#socket.write(head.appendFrom(createPayload()).prependLength().buffer)
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#received += chunk.length
    while (this.#received >= 4) {
      if ((this.#chunks[0] as Buffer).length < 4) this.#chunks = [Buffer.concat(this.#chunks)]
      const length = (this.#chunks[0] as Buffer).readInt32BE(0)
      if (length < 4 || length > maxAnswerBytes) {
        const code = length > maxAnswerBytes ? 'source_too_large' : 'source_malformed'
        this.#lose(new WeaverError(code, `${this.#name} answered with ${length} bytes, which no answer has`))
        this.#socket.destroy()
        return
      }
      if (this.#received < 4 + length) return
      const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
      this.#chunks = all.length > 4 + length ? [all.subarray(4 + length)] : []
      this.#received -= 4 + length
      this.#pending.get(all.readInt32BE(4))?.parse(all.subarray(8, 4 + length))
    }
  }

  #lose(error: Error | undefined): void {
    if (this.#lost !== undefined) return
    // Aborted runs destroy the socket with their reason; everything else is a connection that broke. A broker that wants a certificate, or another
    // one, says so by an alert of TLS after the connection was made.
    const alert = /^ERR_SSL_.*ALERT/.test((error as NodeJS.ErrnoException | undefined)?.code ?? '')
    const known =
      error instanceof WeaverError
        ? error
        : alert
          ? new WeaverError('source_tls', `${this.#name} does not accept the TLS connection: does it ask for a certificate?`, {
              cause: error,
            })
          : undefined
    this.#lost = known ?? new WeaverError('source_truncated', `The connection to ${this.#name} was lost`, { cause: error })
    for (const { fail } of [...this.#pending.values()]) fail(this.#lost)
  }
}
