import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@data-weaver/contracts'
import { systemClock, WeaverError } from '@data-weaver/contracts'
import { Package } from '@data-weaver/testkit/substreams'
import { describe, expect, it, vi } from 'vitest'
import { timed } from '../src/conformance/harness.ts'
import { Chain, type ChainBlock } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { packageBytes, transfers } from './test/package.ts'
import { configFor, recordsOf, start } from './test/run.ts'

const sent = (account: string, amount = 1) => transfers([{ account, amount: BigInt(amount) }])
const accounts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `a${from + index}`)

/** Blocks 100 to 119, in each a transfer of an account of its own, `a100` to `a119`. */
function twenty(options = {}): Chain {
  const chain = new Chain(options)
  chain.push(...accounts(100, 120).map((account) => sent(account)))
  return chain
}

const whole = Package.fromBinary(packageBytes())

const keysOf = (config: ReturnType<typeof configFor>, pages: readonly Page[]) => recordsOf(config, pages).map(({ key }) => key[0])
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 10_000, interval: 5 })

describe.each(['v2', 'v3', 'v4'] as const)('protocol %s', (protocol) => {
  it('fetches a range, and says that it is complete', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const config = configFor(endpoint.origin, { protocol, startBlock: 103, stopBlock: 115 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(keysOf(config, run.pages)).toEqual(accounts(103, 115))
    expect(run.pages.at(-1)).toMatchObject({ last: true, cursor: { block: { number: 114 }, reached: 115 } })
    expect(run.pages[0]).toMatchObject({
      request: { method: 'POST', url: `${endpoint.origin}/sf.substreams.rpc.${protocol}.Stream/Blocks` },
      response: { status: 200, headers: { 'content-type': 'application/x-ndjson' } },
    })
    const again = start(config, { cursor: run.pages.at(-1)?.cursor ?? null })
    expect(await again.ended).toBeUndefined()
    expect(again.pages).toEqual([])
    expect(endpoint.asked).toHaveLength(1)
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('asks for what the configuration says', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const more = { params: { map_transfers: 'account=a5' }, network: 'sepolia', productionMode: false, finalBlocksOnly: true }
    const config = configFor(endpoint.origin, { protocol, ...more, startBlock: -15, stopBlock: 108 })
    expect(await start(config, { secrets: { token: 'tok' } }).ended).toBeUndefined()
    const [asked] = endpoint.asked
    expect(asked).toMatchObject({
      version: protocol,
      startBlockNum: -15n,
      stopBlockNum: 108n,
      startCursor: '',
      outputModule: 'map_transfers',
      productionMode: false,
      finalBlocksOnly: true,
    })
    if (protocol === 'v2') {
      const [first, second] = asked?.modules?.modules ?? []
      expect(first).toMatchObject({ initialBlock: 500n, inputs: [{ input: { case: 'params', value: { value: 'account=a5' } } }, {}] })
      expect(second?.name).toBe('map_plain')
      // What the adapter does not know of is sent as well: without their code nobody can run the modules.
      const [binary] = whole.modules?.binaries ?? []
      expect(asked?.modules?.binaries[0]?.equals(binary)).toBe(true)
      expect(first?.blockFilter?.equals(whole.modules?.modules[0]?.blockFilter)).toBe(true)
    } else {
      expect(asked).toMatchObject({ params: { map_transfers: 'account=a5' }, network: 'sepolia', package: { network: 'mainnet' } })
      // The package goes as it is: to apply the parameters is the endpoint's.
      expect(asked?.package?.modules?.modules[0]).toMatchObject({
        initialBlock: 100n,
        inputs: [{ input: { value: { value: 'default' } } }, {}],
      })
      expect(asked?.package?.equals(whole)).toBe(true)
    }
  })

  it('reads over what is only said to developers', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push((answering, serve) => {
      answering.progress()
      answering.snapshot()
      serve()
    })
    const config = configFor(endpoint.origin, { protocol, productionMode: false, stopBlock: 103 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(keysOf(config, run.pages)).toEqual(accounts(100, 103))
  })
})

describe('defaults', () => {
  it.each([
    [['v2'], 'v2'],
    [['v2', 'v3'], 'v3'],
    [['v2', 'v3', 'v4'], 'v4'],
  ] as const)('of an endpoint with %j take %s, and stay with it', async (versions, version) => {
    await using endpoint = await Endpoint.start(twenty(), { versions })
    endpoint.scripts.push(({ session, blocks, cut }) => {
      session()
      blocks(twenty().at(100) as ChainBlock)
      cut()
    })
    const config = configFor(endpoint.origin, { stopBlock: 110 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(endpoint.asked.every((asked) => asked.version === version)).toBe(true)
    expect(endpoint.asked).toHaveLength(2)
    expect(endpoint.asked[0]).toMatchObject({ startBlockNum: 100n, productionMode: true, finalBlocksOnly: false })
  })

  it('say when the endpoint has not the version that is asked for', async () => {
    await using endpoint = await Endpoint.start(twenty(), { versions: ['v2'] })
    const error = await start(configFor(endpoint.origin, { protocol: 'v4' })).ended
    expect(error).toMatchObject({ code: 'source_not_found', upstreamCode: '12' })
  })

  it.each([
    [{ token: 'tok en' }, 'authorization', 'Bearer tok en'],
    [{ apiKey: 'key' }, 'x-api-key', 'key'],
  ])('send the secret %j', async (secrets, name, value) => {
    await using endpoint = await Endpoint.start(twenty())
    let header: string | undefined
    endpoint.scripts.push((answering, serve) => {
      header = answering.header(name)
      serve()
    })
    expect(await start(configFor(endpoint.origin, { stopBlock: 101 }), { secrets }).ended).toBeUndefined()
    expect(header).toBe(value)
  })
})

describe('segments', () => {
  it('are stored by count, and a run goes on from each without loss or repetition', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const config = configFor(endpoint.origin, { stopBlock: 120, segment: { blocks: 3, ms: 60_000 } })
    const whole = start(config)
    expect(await whole.ended).toBeUndefined()
    expect(whole.pages.map((page) => recordsOf(config, [page]).length)).toEqual([3, 3, 3, 3, 3, 3, 2])
    for (const [index, { cursor = null }] of whole.pages.entries()) {
      const rest = start(config, { cursor })
      expect(await rest.ended).toBeUndefined()
      expect(keysOf(config, rest.pages)).toEqual(accounts(100, 120).slice((index + 1) * 3))
    }
  })

  it('are stored by bytes', async () => {
    const chain = new Chain()
    chain.push(...accounts(100, 106).map((account) => transfers([{ account, memo: 'x'.repeat(700) }])))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { stopBlock: 106, segment: { bytes: 1500, ms: 60_000 } })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(run.pages.map((page) => keysOf(config, [page]).length)).toEqual([2, 2, 2, 0])
  })

  it('are stored by time', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const config = configFor(endpoint.origin, { segment: { ms: 50 } })
    const run = start(config)
    await until(() => expect(keysOf(config, run.pages)).toEqual(accounts(100, 120)))
    run.drain()
    expect(await run.ended).toBeUndefined()
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('are stored by a drain, which ends the run', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { segment: { ms: 600_000 } })
    const log: unknown[] = []
    const run = start(config, { log })
    await until(() => expect(endpoint.asked).toHaveLength(1))
    chain.push(sent('b1'))
    chain.fork(119, sent('b2'))
    // The undo comes after what it takes back, so that has arrived as well.
    await until(() => expect(JSON.stringify(log)).toContain('forgotten'))
    run.drain()
    expect(await run.ended).toBeUndefined()
    expect(run.pages).toHaveLength(1)
    expect(keysOf(config, run.pages).slice(0, 20)).toEqual(accounts(100, 120))
    expect(keysOf(config, run.pages)).not.toContain('b1')
    await until(() => expect(endpoint.connections).toBe(0))
    const rest = start(configFor(endpoint.origin, { stopBlock: 121 }), { cursor: run.pages[0]?.cursor ?? null })
    expect(await rest.ended).toBeUndefined()
    expect(keysOf(config, [...run.pages, ...rest.pages])).toEqual([...accounts(100, 120), 'b2'])
  })

  it('of a run that is drained before it begins are none', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const run = start(configFor(endpoint.origin))
    run.drain()
    expect(await run.ended).toBeUndefined()
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('of blocks without output are no more than a checkpoint', async () => {
    const chain = new Chain()
    chain.push(...Array.from({ length: 5 }, () => new Uint8Array()))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { stopBlock: 105 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(run.pages).toHaveLength(1)
    expect(recordsOf(config, run.pages)).toEqual([])
    expect(run.pages[0]?.cursor).toMatchObject({ block: { number: 104 } })
  })
})

describe('a connection that is lost', () => {
  it('is made anew from the last cursor', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    for (let cut = 0; cut < 3; cut++) {
      endpoint.scripts.push((answering) => {
        answering.session()
        const from = chain.byId(answering.asked.startCursor.slice(2))?.number ?? 99
        answering.blocks(...[1, 2, 3].map((more) => chain.at(from + more) as ChainBlock))
        // The client has them when it has answered a ping; a connection that breaks earlier loses what is asked for again.
        setImmediate(() => answering.cut())
      })
    }
    const config = configFor(endpoint.origin, { stopBlock: 120 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(endpoint.asked).toHaveLength(4)
    expect(keysOf(config, run.pages)).toEqual(accounts(100, 120))
  })

  it('before a word was said is made anew as well', async () => {
    await using endpoint = await Endpoint.start(twenty())
    endpoint.scripts.push(({ cut }) => cut())
    const config = configFor(endpoint.origin, { stopBlock: 102 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(keysOf(config, run.pages)).toEqual(accounts(100, 102))
  })

  it('or says nothing for too long is made anew', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push(({ session, blocks }) => {
      session()
      blocks(chain.at(100) as ChainBlock)
    })
    const log: unknown[] = []
    const config = configFor(endpoint.origin, { stopBlock: 105, idleMs: 150 })
    const run = start(config, { log })
    expect(await run.ended).toBeUndefined()
    expect(keysOf(config, run.pages)).toEqual(accounts(100, 105))
    expect(JSON.stringify(log)).toContain('source_timeout')
  })

  it('that shows signs of work is left alone', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push((answering, serve) => {
      let signs = 0
      const timer = setInterval(() => {
        answering.progress()
        if (++signs < 25) return
        clearInterval(timer)
        serve()
      }, 50)
    })
    const run = start(configFor(endpoint.origin, { stopBlock: 102, idleMs: 1000 }))
    expect(await run.ended).toBeUndefined()
    expect(endpoint.asked).toHaveLength(1)
  })

  it('that the endpoint ends without a stop block is made anew', async () => {
    const chain = twenty()
    await using endpoint = await Endpoint.start(chain)
    endpoint.scripts.push(({ session, blocks, end }) => {
      session()
      blocks(chain.at(100) as ChainBlock)
      end()
    })
    const config = configFor(endpoint.origin)
    const run = start(config)
    await until(() => expect(keysOf(config, run.pages)).toEqual(accounts(100, 120)))
    run.drain()
    expect(await run.ended).toBeUndefined()
  })
})

describe('an abort', () => {
  const reason = new WeaverError('interrupted', 'stopped by a test')
  const expectAborted = async (run: ReturnType<typeof start>) => {
    const at = systemClock.monotonic()
    run.abort(reason)
    expect(await run.ended).toBe(reason)
    expect(systemClock.monotonic() - at).toBeLessThan(100)
  }

  it('ends a run that waits for an answer', timed, async () => {
    await using endpoint = await Endpoint.start(twenty())
    endpoint.scripts.push(() => {})
    const run = start(configFor(endpoint.origin))
    await until(() => expect(endpoint.calls).toBe(1))
    await expectAborted(run)
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('ends a run that waits for the next block, and stores nothing more', timed, async () => {
    await using endpoint = await Endpoint.start(twenty())
    const run = start(configFor(endpoint.origin))
    await until(() => expect(run.pages.length).toBeGreaterThan(0))
    const before = run.pages.length
    await expectAborted(run)
    expect(run.pages).toHaveLength(before)
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('ends a run that pauses before it connects again', timed, async () => {
    await using endpoint = await Endpoint.start(twenty())
    endpoint.scripts.push(({ end }) => end(14, 'away', { 'retry-after': '200' }))
    const log: unknown[] = []
    const run = start(configFor(endpoint.origin), { log })
    await until(() => expect(JSON.stringify(log)).toContain('200000'))
    await expectAborted(run)
  })

  it('ends a run that fetches its package', timed, async () => {
    const asked = Promise.withResolvers<void>()
    const site = createServer(() => asked.resolve())
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
      const run = start(configFor('http://127.0.0.1:1', { package: { from: 'url', url } }))
      await asked.promise
      await expectAborted(run)
    } finally {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    }
  })

  it('is not needed by a run that is drained while it pauses or waits', timed, async () => {
    await using endpoint = await Endpoint.start(twenty())
    endpoint.scripts.push(({ end }) => end(14, 'away', { 'retry-after': '200' }))
    const log: unknown[] = []
    const pausing = start(configFor(endpoint.origin), { log })
    await until(() => expect(JSON.stringify(log)).toContain('200000'))
    endpoint.scripts.push(() => {})
    const waiting = start(configFor(endpoint.origin))
    await until(() => expect(endpoint.calls).toBe(1))
    const at = systemClock.monotonic()
    pausing.drain()
    waiting.drain()
    expect([await pausing.ended, await waiting.ended]).toEqual([undefined, undefined])
    expect(systemClock.monotonic() - at).toBeLessThan(100)
    await until(() => expect(endpoint.connections).toBe(0))
  })

  it('before it begins asks for nothing', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const run = start(configFor(endpoint.origin), { aborted: reason })
    expect(await run.ended).toBe(reason)
    expect(endpoint.asked).toEqual([])
  })
})
