import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { grpcConnection } from '../src/grpc/connection.ts'
import { redaction } from '../src/redaction.ts'
import { callFailure } from './failure.ts'
import { loadPackage } from './package.ts'
import { askedOf, blocks, type Said } from './protocol.ts'
import { Chain, type ChainBlock } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { transfers } from './test/package.ts'
import { configFor } from './test/run.ts'

const egress = () => createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 10_000, interval: 5 })

/** A server of the lowest level: what it does with a connection is all there is. */
async function tcp(handle: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    handle(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a connection', () => {
  let way: ReturnType<typeof egress>
  let abort: AbortController
  beforeEach(() => {
    way = egress()
    abort = new AbortController()
  })
  afterEach(() => way.close())

  const http = () => way.http({ signal: abort.signal, secrets: [], log: silentLog })

  /** Reads to the end; answers what was said and what it ended with. */
  async function read(endpoint: string, options: object = {}, onSaid: (said: Said) => void = () => {}) {
    const config = configFor(endpoint)
    const loaded = await loadPackage({ config } as never)
    const call = {
      version: 'v4',
      asked: askedOf(config, loaded),
      startBlock: 100,
      cursor: undefined,
      headers: {},
      redact: redaction([]),
    } as const
    const all: Said[] = []
    try {
      const limits = { idleMs: 60_000, pingMs: 60_000, pingTimeoutMs: 60_000, maxMessageBytes: 1024 * 1024 }
      const given = { endpoint, http: http(), clock: systemClock, ...limits, ...options }
      for await (const said of grpcConnection(given, abort.signal, (transport, signal) => blocks(transport, { ...call, signal }))) {
        all.push(said)
        onSaid(said)
      }
      return { all, error: undefined }
    } catch (error) {
      return { all, error: callFailure(error, { redact: call.redact, clock: systemClock, cursorUnproved: true }) }
    }
  }

  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

  it('that is closed before an answer, without an error, is lost', async () => {
    await using server = await tcp((socket) => {
      socket.write(settings)
      socket.once('data', () => setImmediate(() => socket.end()))
    })
    expect((await read(server.origin)).error).toMatchObject({ code: 'source_truncated' })
    await until(() => expect(server.sockets.size).toBe(0))
  })

  it('that is closed in the middle of blocks, without an error, is lost after those that came', async () => {
    const chain = new Chain()
    chain.push(transfers([{ account: 'a' }]))
    await using endpoint = await Endpoint.start(chain)
    let up: Socket | undefined
    await using proxy = await tcp((socket) => {
      up = connect(Number(new URL(endpoint.origin).port), '127.0.0.1')
      up.on('error', () => {})
      socket.pipe(up)
      up.pipe(socket)
    })
    const { all, error } = await read(proxy.origin, {}, ({ kind }) => {
      if (kind !== 'blocks') return
      up?.unpipe()
      for (const socket of proxy.sockets) socket.end()
    })
    expect(error).toMatchObject({ code: 'source_truncated' })
    expect(all.map(({ kind }) => kind)).toEqual(['alive', 'blocks'])
    up?.destroy()
  })

  it('that does not answer a ping is lost', async () => {
    const chain = new Chain()
    chain.push(transfers([{ account: 'a' }]))
    await using endpoint = await Endpoint.start(chain)
    const ups: Socket[] = []
    await using proxy = await tcp((socket) => {
      const up = connect(Number(new URL(endpoint.origin).port), '127.0.0.1')
      ups.push(up)
      up.on('error', () => {})
      socket.on('data', (data) => up.write(data))
      up.pipe(socket)
    })
    const { error } = await read(proxy.origin, { pingMs: 50, pingTimeoutMs: 100 }, ({ kind }) => {
      // From here on nothing comes back, and nobody says so.
      if (kind === 'blocks') for (const up of ups) up.unpipe()
    })
    expect(error).toMatchObject({ code: 'source_truncated' })
    for (const up of ups) up.destroy()
  })

  it('that answers pings is left alone, however quiet it is', async () => {
    const chain = new Chain()
    chain.push(transfers([{ account: 'a' }]))
    await using endpoint = await Endpoint.start(chain)
    const pings: Buffer[] = []
    await using proxy = await tcp((socket) => {
      const up = connect(Number(new URL(endpoint.origin).port), '127.0.0.1')
      up.on('error', () => {})
      // Frames of 17 bytes and type 6 are pings.
      socket.on('data', (data: Buffer) => {
        if (data.length === 17 && data[3] === 6) pings.push(data)
        up.write(data)
      })
      up.pipe(socket)
      socket.once('close', () => up.destroy())
    })
    const reason = new WeaverError('interrupted', 'seen enough')
    const reading = read(proxy.origin, { pingMs: 20, pingTimeoutMs: 5000 })
    await until(() => expect(pings.length).toBeGreaterThan(3))
    abort.abort(reason)
    expect((await reading).error).toBe(reason)
  })

  it('to something that agrees on no protocol is not used', async () => {
    await using server = await tcp(() => {})
    const plain = http()
    const dial: typeof plain.dial = async (...given) => Object.assign(await plain.dial(...given), { alpnProtocol: false })
    expect((await read(server.origin, { http: { dial } })).error).toMatchObject({ code: 'source_rejected' })
    await until(() => expect(server.sockets.size).toBe(0))
  })

  it('that is aborted while it is being made is closed', async () => {
    await using server = await tcp(() => {})
    const reason = new WeaverError('interrupted', 'stopped')
    const plain = http()
    const dial: typeof plain.dial = async (...given) => {
      const socket = await plain.dial(...given)
      abort.abort(reason)
      return socket
    }
    expect((await read(server.origin, { http: { dial } })).error).toBe(reason)
    await until(() => expect(server.sockets.size).toBe(0))
  })

  it('that ends in good order has said everything', async () => {
    const chain = new Chain()
    chain.push(...Array.from({ length: 50 }, (_, index) => transfers([{ account: `a${index}` }])))
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push(({ session, blocks, end }) => {
      session()
      blocks(...(chain.blocks as ChainBlock[]))
      end()
    })
    const { all, error } = await read(endpoint.origin)
    expect(error).toBeUndefined()
    expect(all.flatMap((said) => (said.kind === 'blocks' ? said.blocks : []))).toHaveLength(50)
    await until(() => expect(endpoint.connections).toBe(0))
  })
})
