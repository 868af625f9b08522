import { once } from 'node:events'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { type ErrorCode, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timed } from '../conformance/harness.ts'
import { Stream } from '../../substreams/gen/sf/substreams/rpc/v2/service_pb.ts'
import { redaction } from '../redaction.ts'
import { grpcLive } from './live.ts'

// A server that speaks HTTP/2 and gRPC as far as a test wants it to.

let egress: Egress
beforeAll(() => {
  egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
})
afterAll(() => egress.close())

type Answer = (stream: ServerHttp2Stream) => void

async function serving(answer: Answer) {
  const server = createServer()
  const sockets = new Set<Socket>()
  let calls = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => session.on('error', () => {}))
  server.on('stream', (stream: ServerHttp2Stream) => {
    calls += 1
    stream.on('error', () => {}).resume()
    answer(stream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const maxMessageBytes = 1024

/** What a call hears until it ends, and what it ends with. */
async function hear(endpoint: string, { idleMs = 60_000, signal = new AbortController().signal } = {}) {
  const context = { clock: systemClock, signal, http: egress.http({ signal, secrets: [], log: silentLog }) }
  const connection = grpcLive(context, {
    ...{ endpoint, method: Stream.method.blocks, request: {}, redact: redaction(['s3cret']), resumed: false, idleMs, maxMessageBytes },
    positionOf: () => undefined,
  })
  const heard: Uint8Array[] = []
  try {
    for await (const { data } of connection.messages) heard.push(data as Uint8Array)
    return { heard, error: undefined }
  } catch (error) {
    return { heard, error: error as WeaverError }
  } finally {
    connection.close()
  }
}

const head = { ':status': 200, 'content-type': 'application/grpc+proto' }
const frame = (message: Uint8Array, { flag = 0, length = message.byteLength } = {}): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}
/** A greeting, as protobuf has it. */
const good = Buffer.from('0a070a057472616365', 'hex')

const says =
  (...pieces: readonly Buffer[]): Answer =>
  (stream) => {
    stream.respond(head, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.concat([frame(good), ...pieces]))
  }

describe('what is no gRPC', () => {
  const wrongs: readonly (readonly [string, Answer, ErrorCode, number])[] = [
    ['a message that is too large', says(frame(Buffer.alloc(maxMessageBytes + 1))), 'source_too_large', 0],
    ['a message that is no protobuf', says(frame(Buffer.from([0xff, 0xff, 0xff]))), 'source_malformed', 1],
    ['text that is not UTF-8', says(frame(Buffer.from('0a040a02e928', 'hex'))), 'source_malformed', 1],
    ['a message that is cut off', says(frame(good, { length: 100 })), 'source_malformed', 1],
    ['a message that says it is packed and is not', says(frame(Buffer.from('plain'), { flag: 1 })), 'source_malformed', 1],
    ['an end without a status', (stream) => (stream.respond(head), void stream.end(frame(good))), 'source_malformed', 1],
    [
      'a page of HTML',
      (stream) => (stream.respond({ ':status': 200, 'content-type': 'text/html' }), void stream.end('<html>s3cret')),
      'source_malformed',
      0,
    ],
    [
      '502 of a proxy',
      (stream) => (stream.respond({ ':status': 502, 'content-type': 'text/html' }), void stream.end('bad gateway')),
      'source_unavailable',
      0,
    ],
    [
      '403 of a proxy',
      (stream) => (stream.respond({ ':status': 403, 'content-type': 'text/html' }), void stream.end('no')),
      'auth_failed',
      0,
    ],
    ['a stream that is reset', (stream) => (stream.respond(head), stream.write(frame(good), () => stream.close(8))), 'source_truncated', 1],
  ]

  it.each(wrongs)('%s', async (_what, answer, code, messages) => {
    await using server = await serving(answer)
    const { heard, error } = await hear(server.endpoint)
    expect(error).toBeInstanceOf(WeaverError)
    expect([error?.code, heard.length]).toEqual([code, messages])
    expect(error?.message).not.toContain('s3cret')
  })

  it('bytes that come too slowly', async () => {
    await using server = await serving((stream) => {
      stream.respond(head)
      const whole = frame(Buffer.alloc(1000))
      let at = 0
      const drip = setInterval(() => stream.write(whole.subarray(at, (at += 1))), 30)
      stream.once('close', () => clearInterval(drip))
    })
    expect((await hear(server.endpoint, { idleMs: 300 })).error).toMatchObject({ code: 'source_timeout' })
  })

  it('and an abort ends the call within 100 ms, wherever it is', timed, async () => {
    const reason = new WeaverError('interrupted', 'stopped by a test')
    for (const answer of [() => {}, (stream: ServerHttp2Stream) => stream.respond(head)]) {
      const controller = new AbortController()
      await using server = await serving(answer)
      const hearing = hear(server.endpoint, { signal: controller.signal })
      while (server.calls() === 0) await new Promise(setImmediate)
      const at = systemClock.monotonic()
      controller.abort(reason)
      expect((await hearing).error).toBe(reason)
      expect(systemClock.monotonic() - at).toBeLessThan(100)
    }
  })
})
