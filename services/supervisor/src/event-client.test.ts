import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { EventClient, formatPosition, isAfter, parsePosition } from './event-client.ts'

describe('places in the log', () => {
  it('are ordered by transaction, then by number, also beyond what a number can hold', () => {
    const at = (txid: string, seq: number) => ({ txid, seq })
    expect(isAfter(at('10', 1), at('9', 500))).toBe(true)
    expect(isAfter(at('9', 500), at('10', 1))).toBe(false)
    expect(isAfter(at('10', 2), at('10', 1))).toBe(true)
    expect(isAfter(at('10', 1), at('10', 1))).toBe(false)
    expect(isAfter(at('9007199254740993', 0), at('9007199254740992', 0))).toBe(true)
  })

  it('are written and read as ids', () => {
    expect(formatPosition({ txid: '743', seq: -1 })).toBe('743-0')
    expect(parsePosition('743-12')).toEqual({ txid: '743', seq: 12 })
    expect(parsePosition('0743-12')).toEqual({ txid: '743', seq: 12 })
    for (const bad of ['', '743', '743-', '-1', '743--1', 'a-b', '743-12 ', '74399999999999999999-1'])
      expect(parsePosition(bad)).toBeUndefined()
  })
})

/** A connection whose other end reads only when it is told to. */
async function connection(): Promise<{ response: ServerResponse; reader: IncomingMessage } & AsyncDisposable> {
  const opened = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => {
    response.writeHead(200)
    response.flushHeaders()
    opened.resolve(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const reader = await new Promise<IncomingMessage>(
    (resolve, reject) => void get({ port, host: '127.0.0.1', agent: false }, resolve).on('error', reject),
  )
  reader.on('error', () => {})
  return {
    response: await opened.promise,
    reader,
    async [Symbol.asyncDispose]() {
      reader.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a client that does not read', () => {
  it('is cut off when too much is unread', async () => {
    await using open = await connection()
    const client = new EventClient(open.response, { txid: '1', seq: 0 }, undefined)
    const data = { text: 'x'.repeat(10_000) }
    let sent = 0
    // The limit is 4 MiB, and the two sockets hold some of it.
    while (!client.closed && sent < 10_000) client.send('event', data, { txid: '1', seq: (sent += 1) })
    expect(client.closed).toBe(true)
    expect(sent).toBeGreaterThan(400)
    await eventually(() => open.response.destroyed, { what: 'the connection to be gone' })
    client.send('event', data)
    client.beat()
  })

  it('is cut off when it does not catch up in time, and left alone when it does', async () => {
    const quick = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 600, signal) }
    // How much the two sockets hold is up to the machine; what counts is what is left.
    const fill = async (client: EventClient, response: ServerResponse) => {
      for (let seq = 1; response.writableLength < 2 ** 20; seq += 1) {
        client.send('event', { text: 'x'.repeat(50_000) }, { txid: '1', seq })
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await using idle = await connection()
    const idleClient = new EventClient(idle.response, { txid: '1', seq: 0 }, undefined)
    await fill(idleClient, idle.response)
    await idleClient.drained(quick)
    expect(idleClient.closed).toBe(true)

    await using busy = await connection()
    const busyClient = new EventClient(busy.response, { txid: '1', seq: 0 }, undefined)
    await fill(busyClient, busy.response)
    busy.reader.resume()
    await busyClient.drained(systemClock)
    expect([busyClient.closed, busy.response.writableLength]).toEqual([false, 0])
  })
})
