import { createSecureContext } from 'node:tls'
import { systemClock } from '@data-weaver/contracts'
import { expect, test } from 'vitest'
import { failure, startRaw, startSource } from '../test/source.ts'
import { parseEgressAllow } from './allow.ts'
import { createConnector } from './connector.ts'
import { Deadlines } from './deadlines.ts'
import { Exchange } from './exchange.ts'
import { Origin } from './origin.ts'

const timeouts = { headersTimeoutMs: 5000, bodyTimeoutMs: 5000 }

/** An origin, and a promise of the call that says it is not used any more. */
function openOrigin(url: string, setting = '127.0.0.1') {
  const deadlines = new Deadlines(systemClock)
  const connect = createConnector({
    allow: parseEgressAllow(setting),
    deadlines,
    connectTimeoutMs: 5000,
    secureContext: () => createSecureContext(),
  })
  const unused = Promise.withResolvers<void>()
  let calls = 0
  const origin = new Origin(new URL(url).origin, { maxConnectionsPerOrigin: 4, connect }, () => {
    calls += 1
    unused.resolve()
  })
  const send = (path: string) => {
    const exchange = new Exchange(origin, { method: 'GET', url: new URL(path, url), headers: {}, body: null }, 1000)
    exchange.send(timeouts)
    return exchange
  }
  const end = () => Promise.all([origin.pool.destroy(), deadlines.close()])
  return { send, unused: unused.promise, calls: () => calls, [Symbol.asyncDispose]: async () => void (await end()) }
}

test('an origin is not used any more when its last connection is closed', async () => {
  await using source = await startSource((_request, response) => response.end('x'))
  await using origin = openOrigin(source.url())
  await origin.send('/').answer
  expect(origin.calls()).toBe(0)
  source.sockets[0]?.destroy()
  await origin.unused
  expect(origin.calls()).toBe(1)
})

test('nor when no connection could be made', async () => {
  const source = await startRaw(() => {})
  const url = source.url()
  await source[Symbol.asyncDispose]()
  await using refused = openOrigin(url)
  expect(await failure(refused.send('/').answer)).toMatchObject({ code: 'ECONNREFUSED' })
  await refused.unused
  await using forbidden = openOrigin('http://10.0.0.1/')
  expect(await failure(forbidden.send('/').answer)).toMatchObject({ code: 'EGRESS_REFUSED' })
  await forbidden.unused
})

test('but it is while another request runs', async () => {
  await using source = await startSource(
    (request, response) => void (request.url === '/close' && response.setHeader('connection', 'close').end('x')),
  )
  await using origin = openOrigin(source.url())
  const running = origin.send('/run')
  await source.request()
  await origin.send('/close').answer
  await source.closed(1)
  expect(origin.calls()).toBe(0)
  running.fail(new Error('enough'))
  await failure(running.answer)
  await origin.unused
})
