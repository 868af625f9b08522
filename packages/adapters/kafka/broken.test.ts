import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type ErrorCode, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timed } from '../src/conformance/harness.ts'
import { type Reading, startReading } from './test/reading.ts'

// What the suite asks for of sources over HTTP, of a broker: a server of the lowest level in its place, which does everything wrong.

let egress: Egress
beforeAll(() => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
})
afterAll(() => egress.close())

interface Place extends AsyncDisposable {
  readonly address: string
  readonly sockets: ReadonlySet<Socket>
  /** Requests that came. */
  readonly asked: () => number
}

/** Called with each request: its number, and where to write. */
type Answer = (correlation: Buffer, socket: Socket) => void

async function broker(answer: Answer): Promise<Place> {
  const sockets = new Set<Socket>()
  let asked = 0
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    socket.on('data', (request: Buffer) => {
      asked += 1
      // Length, kind and version of the request come before its number.
      answer(request.subarray(8, 12), socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const read = ({ address }: Place, more: object = {}): Reading =>
  startReading(address, { topics: ['orders'], reconnect: { minMs: 50, maxMs: 50, maxFailures: 2 }, ...more }, { way: egress })

const withLength = (length: number, rest: Uint8Array = new Uint8Array()): Buffer => {
  const head = Buffer.alloc(4)
  head.writeInt32BE(length)
  return Buffer.concat([head, rest])
}

describe('a broker', () => {
  const wrongs: readonly (readonly [string, Answer, ErrorCode])[] = [
    ['hangs up', (_: Buffer, socket: Socket) => void socket.destroy(), 'source_truncated'],
    ['hangs up in the middle of an answer', (id: Buffer, socket: Socket) => void socket.end(withLength(100, id)), 'source_truncated'],
    ['announces more than any answer has', (_: Buffer, socket: Socket) => void socket.write(withLength(0x7f_ff_ff_ff)), 'source_too_large'],
    ['announces less than nothing', (_: Buffer, socket: Socket) => void socket.write(withLength(-1)), 'source_malformed'],
    ['speaks HTTP', (_: Buffer, socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'source_too_large'],
    [
      'answers nonsense',
      (id: Buffer, socket: Socket) => void socket.write(withLength(40, Buffer.concat([id, Buffer.alloc(36, 0xee)]))),
      'source_malformed',
    ],
    ['answers with nothing', (id: Buffer, socket: Socket) => void socket.write(withLength(4, id)), 'source_malformed'],
  ]

  it.each(wrongs)('that %s is said to, and leaves no connection', async (_what, answer, code) => {
    await using place = await broker(answer)
    const reading = read(place)
    expect(await reading.ended).toMatchObject({ code })
    expect(reading.pages).toEqual([])
    await eventually(() => place.sockets.size === 0, { what: 'the connections to be closed' })
  })

  it.each([
    ['says nothing', () => {}],
    [
      'answers drop by drop',
      (id: Buffer, socket: Socket) => {
        socket.write(withLength(1000, id))
        const drip = setInterval(() => socket.write('.'), 50)
        socket.once('close', () => clearInterval(drip))
      },
    ],
  ] as const)('that %s is waited for so long and no longer', async (_what, answer) => {
    await using place = await broker(answer)
    expect(await read(place, { openMs: 300 }).ended).toMatchObject({ code: 'source_timeout' })
    await eventually(() => place.sockets.size === 0, { what: 'the connections to be closed' })
  })
})

describe('an abort', () => {
  const reason = new WeaverError('interrupted', 'stopped by a test')
  const abortLimitMs = 100

  async function expectEnded(reading: Reading): Promise<void> {
    const at = systemClock.monotonic()
    reading.abort(reason)
    expect(await reading.ended).toBe(reason)
    expect(systemClock.monotonic() - at).toBeLessThan(abortLimitMs)
  }

  it('ends a run within 100 ms that waits for an answer', timed, async () => {
    await using place = await broker(() => {})
    const reading = read(place)
    await eventually(() => place.asked() > 0, { what: 'a request' })
    await expectEnded(reading)
    await eventually(() => place.sockets.size === 0, { what: 'the connection to be closed' })
  })

  it('ends a run within 100 ms that waits to connect again', timed, async () => {
    await using place = await broker((_, socket) => void socket.destroy())
    const reading = read(place, { reconnect: { minMs: 60_000, maxMs: 60_000, maxFailures: 5 } })
    await eventually(() => place.asked() > 0 && place.sockets.size === 0, { what: 'a connection that was lost' })
    // The wait begins some steps after that.
    for (let step = 0; step < 50; step += 1) await new Promise(setImmediate)
    await expectEnded(reading)
  })

  it('is heard by a run that is drained in the same places', async () => {
    await using place = await broker(() => {})
    const reading = read(place)
    await eventually(() => place.asked() > 0, { what: 'a request' })
    await reading.drain()
    expect(reading.pages).toEqual([])
  })
})
