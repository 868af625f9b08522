import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from 'node:net'
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { Metadata, Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js'
import { RequestSchema as RequestV2, ResponseSchema as ResponseV2 } from '../gen/sf/substreams/rpc/v2/service_pb.ts'
import { type Request, RequestSchema as RequestV3 } from '../gen/sf/substreams/rpc/v3/service_pb.ts'
import { ResponseSchema as ResponseV4 } from '../gen/sf/substreams/rpc/v4/service_pb.ts'
import type { Modules } from '../gen/sf/substreams/v1/package_pb.ts'
import type { ProtocolVersion } from '../protocol.ts'
import { type Chain, type ChainBlock, cursorOf } from './chain.ts'

/** A call as the endpoint got it. */
export interface Asked extends Pick<
  Request,
  'startBlockNum' | 'startCursor' | 'stopBlockNum' | 'finalBlocksOnly' | 'productionMode' | 'outputModule'
> {
  readonly version: ProtocolVersion
  readonly params?: Request['params']
  readonly network?: string
  readonly package?: Request['package']
  readonly modules?: Modules
}

type Wire = ServerWritableStream<Asked, Buffer>

/** What an endpoint may do in a call. */
export interface Answering {
  readonly asked: Asked
  /** Header by its name. */
  header(name: string): string | undefined
  session(): void
  progress(): void
  blocks(...blocks: readonly ChainBlock[]): void
  undo(to: ChainBlock): void
  fatal(module: string, reason: string): void
  /** Ends in good order, or with a status. */
  end(code?: status, message?: string, trailers?: Readonly<Record<string, string>>): void
  /** The connection is gone, without a word. */
  cut(): void
  readonly ended: boolean
}

export interface EndpointOptions {
  readonly versions?: readonly ProtocolVersion[]
  readonly typeUrl?: string
  /** Default: a free one. */
  readonly port?: number
}

const contentOf = { v2: [RequestV2, ResponseV2], v3: [RequestV3, ResponseV2], v4: [RequestV3, ResponseV4] } as const
const typeUrl = 'type.googleapis.com/test.v1.Transfers'

/**
 * A gRPC server on the loopback, of another make than the client. It serves a chain, or answers a call by a script.
 */
export class Endpoint implements AsyncDisposable {
  readonly asked: Asked[] = []
  /** Taken by the next calls, one each; a call without one is served the chain. */
  readonly scripts: ((answering: Answering, serve: () => void) => void)[] = []
  readonly #chain: Chain
  readonly #server = new Server()
  readonly #tcp: TcpServer
  readonly #sockets = new Set<Socket>()
  readonly #options: EndpointOptions
  #calls = 0

  private constructor(chain: Chain, options: EndpointOptions) {
    this.#chain = chain
    this.#options = options
    for (const version of options.versions ?? (['v2', 'v3', 'v4'] as const)) this.#register(version)
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure())
    this.#tcp = createServer((socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      injector.injectConnection(socket)
    })
  }

  static async start(chain: Chain, options: EndpointOptions = {}): Promise<Endpoint> {
    const endpoint = new Endpoint(chain, options)
    await new Promise<void>((resolve, reject) => {
      endpoint.#tcp.once('error', reject)
      endpoint.#tcp.listen(options.port ?? 0, '127.0.0.1', resolve)
    })
    return endpoint
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#tcp.address() as AddressInfo).port}`
  }

  /** Calls that have not ended. */
  get calls(): number {
    return this.#calls
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#tcp.close(resolve))
    this.cut()
    this.#server.forceShutdown()
    await closed
  }

  #register(version: ProtocolVersion): void {
    const [request] = contentOf[version]
    const path = `/sf.substreams.rpc.${version}.Stream/Blocks`
    const method = {
      path,
      requestStream: false,
      responseStream: true,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (bytes: Buffer): Asked => ({ ...fromBinary(request as DescMessage, bytes), version }) as unknown as Asked,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (bytes: Buffer) => bytes,
    } as const
    this.#server.addService({ Blocks: method }, { Blocks: (call: Wire) => this.#answer(call) })
  }

  #answer(call: Wire): void {
    this.asked.push(call.request)
    this.#calls += 1
    let ended = false
    const over = () => {
      if (!ended) this.#calls -= 1
      ended = true
    }
    call.once('cancelled', over)
    call.once('close', over)
    const answering = this.#answering(call, over, () => ended)
    const script = this.scripts.shift()
    if (script === undefined) this.#serve(answering)
    else script(answering, () => this.#serve(answering))
  }

  #answering(call: Wire, over: () => void, ended: () => boolean): Answering {
    const { version } = call.request
    const schema = contentOf[version][1] as DescMessage
    const say = (kind: string, value: object) => {
      if (!ended())
        call.write(Buffer.from(toBinary(schema, create(schema, { message: { case: kind, value } } as never) as MessageShape<DescMessage>)))
    }
    return {
      asked: call.request,
      header: (name) => call.metadata.get(name)[0]?.toString(),
      session: () => say('session', { traceId: 'trace' }),
      progress: () => say('progress', {}),
      blocks: (...blocks) => {
        const items = blocks.map((block) => this.#scoped(block))
        if (version === 'v4') say('blockScopedDatas', { items })
        else for (const item of items) say('blockScopedData', item)
      },
      undo: (to) => say('blockUndoSignal', { lastValidBlock: { number: BigInt(to.number), id: to.id }, lastValidCursor: cursorOf(to) }),
      fatal: (module, reason) => say('fatalError', { module, reason }),
      end: (code, message = '', trailers = {}) => {
        if (ended()) return
        over()
        if (code === undefined) call.end()
        else call.emit('error', { code, details: message, metadata: Metadata.fromHttp2Headers(trailers) })
      },
      cut: () => {
        over()
        this.cut()
      },
      get ended() {
        return ended()
      },
    }
  }

  #scoped({ number, id, output, ...block }: ChainBlock): object {
    return {
      cursor: cursorOf({ number, id, output, ...block }),
      finalBlockHeight: BigInt(Math.max(0, this.#chain.final)),
      clock: { number: BigInt(number), id, timestamp: { seconds: BigInt(1_700_000_000 + number * 12), nanos: 500_000_000 } },
      output: {
        name: 'map_transfers',
        ...(output.byteLength === 0 ? {} : { mapOutput: { typeUrl: this.#options.typeUrl ?? typeUrl, value: output } }),
      },
    }
  }

  /** Everything from the start block or the cursor on, the undo of what was forgotten first, to the stop block or for ever. */
  #serve(answering: Answering): void {
    const { asked } = answering
    const chain = this.#chain
    const cursor = asked.startCursor
    let last = cursor === '' ? undefined : chain.byId(cursor.slice(2))
    if (cursor !== '' && last === undefined) {
      answering.end(status.INTERNAL, 'cursor of nowhere')
      return
    }
    answering.session()
    const start = Number(asked.startBlockNum)
    const from = start < 0 ? (chain.head?.number ?? 0) + start : start
    const stop = Number(asked.stopBlockNum) || Infinity
    const step = () => {
      if (answering.ended) return
      let valid = last
      while (valid !== undefined && chain.at(valid.number)?.id !== valid.id) valid = valid.parent
      if (valid !== undefined && valid !== last) answering.undo(valid)
      last = valid
      const upTo = asked.finalBlocksOnly ? chain.final : Infinity
      const next = chain.blocks.filter(({ number }) => number > (last?.number ?? from - 1) && number < stop && number <= upTo)
      for (let at = 0; at < next.length; at += 3) answering.blocks(...next.slice(at, at + 3))
      last = next.at(-1) ?? last
      if ((last?.number ?? from) >= stop - 1) answering.end()
      else chain.whenChanged(step)
    }
    step()
  }
}
