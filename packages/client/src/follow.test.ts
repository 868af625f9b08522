import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from '@data-weaver/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClient } from './index.ts'

let stack: AsyncDisposableStack
beforeEach(() => void (stack = new AsyncDisposableStack()))
afterEach(async () => await stack.disposeAsync())

async function serve(answer: (response: ServerResponse, lastId: string | undefined, nth: number) => void): Promise<string> {
  let nth = 0
  const server = createServer((request, response) => answer(response, request.headers['last-event-id'] as string | undefined, (nth += 1)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const head = { 'content-type': 'text/event-stream' }
const event = (id: string) => `id: ${id}\nevent: data-streams:results\ndata: {"adapter":"x"}\n\n`

it('comes back behind the last id, also one that came without an event, and in pieces', async () => {
  const asked: (string | undefined)[] = []
  const baseUrl = await serve((response, lastId, nth) => {
    asked.push(lastId)
    response.writeHead(200, head)
    if (nth === 1) {
      response.write('id: 1-1\n: connec')
      setImmediate(() => response.end(`ted\n\n${event('1-2')}id: 1-9\n: heartbeat\n\n`))
    } else response.write(event('2-1'))
  })
  const stop = new AbortController()
  const ids: string[] = []
  for await (const message of createClient({ baseUrl }).events({ signal: stop.signal })) {
    if (message.event === 'data-streams:results') ids.push(message.id)
    if (ids.length === 2) stop.abort()
  }
  expect(ids).toEqual(['1-2', '2-1'])
  expect(asked).toEqual([undefined, '1-9'])
})

it('ends at once when its signal aborts, however silent the server is', async () => {
  const baseUrl = await serve((response) => void response.writeHead(200, head).write('id: 1-1\n: connected\n\n'))
  const stop = new AbortController()
  let isOpen = false
  const following = (async () => {
    for await (const message of createClient({ baseUrl }).events({ signal: stop.signal, onOpen: () => (isOpen = true) })) void message
  })()
  await eventually(() => isOpen, { what: 'the connection' })
  stop.abort()
  await following
  expect(isOpen).toBe(true)
})

it('tries again what may work later, and throws what will not', async () => {
  const baseUrl = await serve((response, _lastId, nth) => response.writeHead(nth === 1 ? 503 : 404).end())
  const lost: unknown[] = []
  const events = createClient({ baseUrl }).events({ onLost: (error) => lost.push(error) })
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 404 })
  expect(lost).toMatchObject([{ status: 503 }])
})
