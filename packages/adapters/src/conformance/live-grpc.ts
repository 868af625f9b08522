import type { Http2Session, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Server } from 'node:net'
import type { Client, Wire } from './live-source.ts'

/** What the source does with its calls. */
interface Source {
  open(path: string, headers: IncomingHttpHeaders, wire: Pick<Client, 'write' | 'half' | 'cut'>): Client
  refuses(client: Client, answer: (status: number, headers: Record<string, string>, body: string) => void): boolean
  serve(client: Client): void
}

/** The gRPC statuses that stand for those of HTTP. */
const statuses: Readonly<Record<number, number>> = { 401: 16, 403: 7, 404: 5, 422: 9, 429: 8, 503: 14 }
const internal = 13

const head = { ':status': 200, 'content-type': 'application/grpc+proto' } as const
/** A flag, the length in four bytes, the message. */
const prefixBytes = 5

/** The calls of a gRPC server with one method that streams: the frames of gRPC over HTTP/2, and what can go wrong with them. */
export class GrpcCalls {
  readonly #sessions = new Set<Http2Session>()

  constructor(server: Server, source: Source) {
    server.on('session', (session: Http2Session) => {
      this.#sessions.add(session)
      session.on('error', () => {}).on('close', () => this.#sessions.delete(session))
    })
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => this.#call(stream, headers, source))
  }

  async flushed(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => new Promise<void>((resolve) => ping(session, resolve))))
  }

  #call(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, source: Source): void {
    const cut = () => ping(stream.session, () => stream.session?.destroy())
    const client = source.open(String(headers[':path']), headers, {
      write: (message) => void stream.write(frame(message)),
      half(message) {
        const whole = frame(message)
        stream.write(whole.subarray(0, whole.length >> 1))
        cut()
      },
      // What was written before has to be there first.
      cut,
    })
    stream.on('error', () => {}).on('close', () => (client.open = false))
    const answer = (status: number, more: OutgoingHttpHeaders) => {
      const outcome = { 'grpc-status': String(statuses[status] ?? internal), 'grpc-message': `refused with ${status}` }
      stream.respond({ ...head, ...outcome, ...more }, { endStream: true })
    }
    if (source.refuses(client, answer)) return
    stream.respond(head, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    if (client.behaviour.kind === 'end') {
      stream.end()
      return
    }
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.on('end', () => {
      client.said.push(Buffer.concat(pieces).subarray(prefixBytes).toString('base64'))
      source.serve(client)
    })
  }
}

function frame(message: Wire): Buffer {
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(Buffer.byteLength(message), 1)
  return Buffer.concat([prefix, Buffer.from(message)])
}

/** The answer to a ping says that everything before it has arrived. A session that is gone needs none. */
function ping(session: Http2Session | undefined, done: () => void): void {
  if (session === undefined || session.closed || session.destroyed || !session.ping(done)) done()
}
