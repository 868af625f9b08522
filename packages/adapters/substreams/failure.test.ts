import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { type ErrorCode, errorKinds } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { Chain, type ChainBlock } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { transfers } from './test/package.ts'
import { configFor, recordsOf, start } from './test/run.ts'

function ten(): Chain {
  const chain = new Chain()
  chain.push(...Array.from({ length: 10 }, (_, index) => transfers([{ account: `a${index}` }])))
  return chain
}

const secret = 'tok+en/="3'

describe('a status of the endpoint', () => {
  const meanings: readonly (readonly [number, ErrorCode])[] = [
    [1, 'source_unavailable'],
    [2, 'source_unavailable'],
    [3, 'invalid_config'],
    [4, 'source_timeout'],
    [5, 'source_not_found'],
    [6, 'source_rejected'],
    [7, 'auth_failed'],
    [8, 'rate_limited'],
    [9, 'source_rejected'],
    [10, 'source_unavailable'],
    [11, 'source_rejected'],
    [13, 'source_unavailable'],
    [14, 'source_unavailable'],
    [15, 'source_rejected'],
    [16, 'auth_failed'],
  ]
  const fatal = meanings.filter(([, code]) => !errorKinds[code].retryable)
  const passing = meanings.filter(([, code]) => errorKinds[code].retryable)

  it.each(fatal)('%i ends the run with %s, after what came before it is stored', async (status, code) => {
    const chain = ten()
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push(({ session, blocks, end }) => {
      session()
      blocks(chain.at(100) as ChainBlock, chain.at(101) as ChainBlock)
      end(status, `no: ${secret}\nsecond line`)
    })
    const config = configFor(endpoint.origin)
    const run = start(config, { secrets: { token: secret } })
    const error = await run.ended
    expect(error).toMatchObject({ code, upstreamCode: String(status) })
    expect(String(error)).toMatch(/no: \[redacted\] second line/)
    expect(recordsOf(config, run.pages).map(({ key }) => key[0])).toEqual(['a0', 'a1'])
    expect(endpoint.asked).toHaveLength(1)
  })

  it.each(passing)('%i (%s) passes', async (status, code) => {
    await using endpoint = await Endpoint.start(ten())
    endpoint.scripts.push(({ end }) => end(status, 'later'))
    const log: unknown[] = []
    const run = start(configFor(endpoint.origin, { stopBlock: 110 }), { log })
    expect(await run.ended).toBeUndefined()
    expect(JSON.stringify(log)).toContain(JSON.stringify(code))
    expect(endpoint.asked).toHaveLength(2)
  })

  it('13 in answer to a cursor says so, and how to go on', async () => {
    const chain = ten()
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { stopBlock: 105 })
    const first = start(config)
    expect(await first.ended).toBeUndefined()
    await using other = await Endpoint.start(new Chain())
    const elsewhere = configFor(other.origin, { stopBlock: 110 })
    const run = start(elsewhere, { cursor: first.pages.at(-1)?.cursor ?? null })
    const error = await run.ended
    expect(error).toMatchObject({ code: 'source_rejected', retryable: false, upstreamCode: '13', errors: [{ field: 'cursor' }] })
    expect(String(error)).toMatch(/reset the checkpoint/)
    expect(other.asked).toHaveLength(1)
    expect(run.pages).toEqual([])
  })

  it('13 after blocks came from a cursor is a failure that passes', async () => {
    const chain = ten()
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { stopBlock: 105 })
    const first = start(config)
    expect(await first.ended).toBeUndefined()
    endpoint.scripts.push(({ session, blocks, end }) => {
      session()
      blocks(chain.at(105) as ChainBlock)
      end(13, 'oops')
    })
    const later = configFor(endpoint.origin, { stopBlock: 110 })
    const run = start(later, { cursor: first.pages.at(-1)?.cursor ?? null })
    expect(await run.ended).toBeUndefined()
    expect(recordsOf(later, run.pages).map(({ key }) => key[0])).toEqual(['a5', 'a6', 'a7', 'a8', 'a9'])
  })

  it('that does not pass ends the run after some attempts', async () => {
    await using endpoint = await Endpoint.start(ten())
    for (let attempt = 0; attempt < 5; attempt++) endpoint.scripts.push(({ end }) => end(14, 'away'))
    const run = start(configFor(endpoint.origin, { reconnect: { minMs: 50, maxFailures: 5 } }))
    expect(await run.ended).toMatchObject({ code: 'source_unavailable', upstreamCode: '14' })
    expect(endpoint.asked).toHaveLength(5)
  })

  it('that asks for more patience than a run has ends it, with the time to wait', async () => {
    await using endpoint = await Endpoint.start(ten())
    endpoint.scripts.push(({ end }) => end(8, 'slow down', { 'retry-after': '3600' }))
    expect(await start(configFor(endpoint.origin)).ended).toMatchObject({ code: 'rate_limited', retryAfterMs: 3_600_000 })
  })
})

describe('an endpoint', () => {
  it('whose module fails ends the run', async () => {
    await using endpoint = await Endpoint.start(ten())
    endpoint.scripts.push(({ session, fatal, end }) => {
      session()
      fatal('map_transfers', `panic at ${secret}`)
      end(3, 'x')
    })
    const error = await start(configFor(endpoint.origin), { secrets: { token: secret } }).ended
    expect(error).toMatchObject({ code: 'source_rejected', message: expect.stringContaining('map_transfers failed: panic at [redacted]') })
  })

  it('that gives another type than the package says is not believed', async () => {
    await using endpoint = await Endpoint.start(ten(), { typeUrl: 'type.googleapis.com/test.v1.Other' })
    const error = await start(configFor(endpoint.origin), { hurry: 100 }).ended
    expect(error).toMatchObject({ code: 'source_malformed', message: expect.stringContaining('test.v1.Other') })
  })

  it('that speaks no HTTP/2 is a connection that is lost', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.resume()
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const run = start(configFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), { hurry: 100 })
      expect(await run.ended).toMatchObject({ code: 'source_truncated' })
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('that cannot be reached is said so by the way out', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await start(configFor(`http://127.0.0.1:${port}`), { hurry: 100 }).ended).toMatchObject({ code: 'source_unreachable' })
  })

  it('at an address that is closed is not asked', async () => {
    await using endpoint = await Endpoint.start(ten())
    const closed = endpoint.origin.replace('127.0.0.1', '127.0.0.2')
    expect(await start(configFor(closed)).ended).toMatchObject({ code: 'egress_refused' })
  })
})
