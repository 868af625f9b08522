import { type AddressInfo, createServer, type Server as TcpServer, type Socket } from 'node:net'
import type { Package, Request } from '@data-weaver/testkit/substreams'
import { Metadata, Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js'
import type { ProtocolVersion } from '../protocol.ts'
import { type Chain, type ChainBlock, cursorOf } from './chain.ts'
import { official, unknownIn } from './official.ts'

/** A call as the endpoint got it. */
export interface Asked extends Pick<
  Request,
  'startBlockNum' | 'startCursor' | 'stopBlockNum' | 'finalBlocksOnly' | 'productionMode' | 'outputModule'
> {
  readonly version: ProtocolVersion
  /** Numbers of fields that the public definition does not have, or has at another place. */
  readonly unknown: readonly string[]
  readonly params?: Readonly<Record<string, string>>
  readonly network?: string
  readonly package?: Package
  readonly modules?: Request['modules']
}

type Wire = ServerWritableStream<Asked, Buffer>

/** What an endpoint may do in a call. */
export interface Answering {
  readonly asked: Asked
  /** Header by its name. */
  header(name: string): string | undefined
  /** @param start the block that a negative start block is found to mean. */
  session(start?: number): void
  progress(): void
  /** What only comes in developer mode, and is of no use to anybody but a developer. */
  snapshot(): void
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

const typeUrl = 'type.googleapis.com/test.v1.Transfers'

// All that an endpoint says besides, so that the client reads over it.
const greeting = { traceId: 'trace', linearHandoffBlock: 120n, maxParallelWorkers: 10n }
const progress = {
  runningJobs: [{ stage: 1, startBlock: 100n, stopBlock: 110n, processedBlocks: 4n, durationMs: 20n }],
  modulesStats: [
    { name: 'map_transfers', totalProcessedBlockCount: 4n, externalCallMetrics: [{ name: 'eth_call', count: 2n, timeMs: 9n }] },
  ],
  stages: [{ modules: ['map_transfers'], completedRanges: [{ startBlock: 100n, endBlock: 104n }] }],
  processedBytes: { totalBytesRead: 1000n, totalBytesWritten: 10n },
}
const debugOutputs = {
  debugMapOutputs: [{ name: 'map_plain', mapOutput: { typeUrl, value: new Uint8Array([1, 2, 3]) } }],
  debugStoreOutputs: [
    { name: 'store_totals', debugStoreDeltas: [{ operation: 1, ordinal: 7n, key: 'ann', newValue: new Uint8Array([5]) }] },
  ],
}

/**
 * A gRPC server on the loopback, of another make than the client, and by the whole public definition where the client has a part of it. It
 * serves a chain, or answers a call by a script.
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
    const path = `/sf.substreams.rpc.${version}.Stream/Blocks`
    const method = {
      path,
      requestStream: false,
      responseStream: true,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (bytes: Buffer): Asked => {
        const request = official[version].request.fromBinary(bytes)
        return Object.assign(request, { version, unknown: unknownIn(request) }) as unknown as Asked
      },
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
    if (call.request.unknown.length > 0) {
      answering.end(status.INVALID_ARGUMENT, `fields that nobody knows: ${call.request.unknown.join(', ')}`)
      return
    }
    const script = this.scripts.shift()
    if (script === undefined) this.#serve(answering)
    else script(answering, () => this.#serve(answering))
  }

  #answering(call: Wire, over: () => void, ended: () => boolean): Answering {
    const { version } = call.request
    const say = (kind: string, value: object) => {
      const response = new official[version].response({ message: { case: kind, value } } as never)
      if (!ended()) call.write(Buffer.from(response.toBinary()))
    }
    return {
      asked: call.request,
      header: (name) => call.metadata.get(name)[0]?.toString(),
      session: (start = 0) => say('session', { ...greeting, resolvedStartBlock: BigInt(start) }),
      progress: () => say('progress', progress),
      snapshot: () => say('debugSnapshotComplete', { cursor: 'c:snapshot' }),
      blocks: (...blocks) => {
        const items = blocks.map((block) => this.#scoped(block, call.request))
        if (version === 'v4') say('blockScopedDatas', { items })
        else for (const item of items) say('blockScopedData', item)
      },
      undo: (to) => say('blockUndoSignal', { lastValidBlock: { number: BigInt(to.number), id: to.id }, lastValidCursor: cursorOf(to) }),
      fatal: (module, reason) => say('fatalError', { module, reason, logs: ['a line of the module'], logsTruncated: true }),
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

  #scoped({ number, id, output, ...block }: ChainBlock, { productionMode }: Asked): object {
    return {
      cursor: cursorOf({ number, id, output, ...block }),
      finalBlockHeight: BigInt(Math.max(0, this.#chain.final)),
      clock: { number: BigInt(number), id, timestamp: { seconds: BigInt(1_700_000_000 + number * 12), nanos: 500_000_000 } },
      output: {
        name: 'map_transfers',
        ...(output.byteLength === 0 ? {} : { mapOutput: { typeUrl: this.#options.typeUrl ?? typeUrl, value: output } }),
        ...(productionMode ? {} : { debugInfo: { logs: ['a line of the module'], cached: true } }),
      },
      // Also said outside of production: what came of the modules before.
      ...(productionMode ? {} : debugOutputs),
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
    const start = Number(asked.startBlockNum)
    const from = start < 0 ? Math.max(chain.first, (chain.head?.number ?? 0) + start) : start
    answering.session(from)
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
