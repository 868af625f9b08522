import type { Json } from '@data-weaver/contracts'
import { describe, expect, it, vi } from 'vitest'
import { Chain } from './test/chain.ts'
import { type Answering, Endpoint } from './test/endpoint.ts'
import { transfers } from './test/package.ts'
import { configFor, recordsOf, type RunOptions, start } from './test/run.ts'

const accounts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `a${from + index}`)
const sent = (account: string) => transfers([{ account, amount: 1n }])
const until = (condition: () => void) => vi.waitFor(condition, { timeout: 10_000, interval: 5 })

/** Blocks 100 to 119, in each a transfer of an account of its own, `a100` to `a119`. */
function twenty(): Chain {
  const chain = new Chain()
  chain.push(...accounts(100, 120).map(sent))
  return chain
}

/** What a run keeps before its first page. */
function keeping(): { readonly kept: Json[] } & RunOptions {
  const kept: Json[] = []
  return { kept, checkpoint: (at) => void kept.push(at) }
}

const askedFor = (endpoint: Endpoint) => endpoint.asked.map(({ startBlockNum }) => startBlockNum)

describe('a negative start block', () => {
  it.each(['v2', 'v3', 'v4'])(
    'means the same block until the first page, whatever becomes of the chain and of the run (%s)',
    async (protocol) => {
      const chain = twenty()
      await using endpoint = await Endpoint.start(chain)
      const config = configFor(endpoint.origin, { protocol, startBlock: -5 })
      const { kept, ...options } = keeping()
      const greet = ({ session, progress }: Answering) => {
        session(114)
        progress()
      }
      endpoint.scripts.push(greet, greet)
      const first = start(config, options)
      await until(() => expect(kept).toHaveLength(1))
      chain.push(sent('a120'))
      // The connection is lost before anything has come, and after the second one the run is.
      endpoint.cut()
      await until(() => expect(endpoint.asked).toHaveLength(2))
      first.abort()
      expect(await first.ended).toMatchObject({ code: 'interrupted' })
      expect(first.pages).toEqual([])
      chain.push(sent('a121'))
      const second = start({ ...config, stopBlock: 122 }, { ...options, cursor: kept[0] as Json })
      expect(await second.ended).toBeUndefined()
      expect(askedFor(endpoint)).toEqual([-5n, 114n, 114n])
      expect(recordsOf(config, second.pages).map(({ key }) => key[0])).toEqual(accounts(114, 122))
      // It was known, and pages have checkpoints of their own.
      expect(kept).toMatchObject([{ startBlock: 114 }])
      expect(second.pages.at(-1)?.cursor).toMatchObject({ block: { number: 121 } })
    },
  )

  it('is asked for again where the endpoint does not say what it means', async () => {
    await using endpoint = await Endpoint.start(twenty())
    endpoint.scripts.push(({ session }) => session())
    const { kept, ...options } = keeping()
    const log: unknown[] = []
    const run = start(configFor(endpoint.origin, { startBlock: -5, stopBlock: 118 }), { ...options, log })
    await until(() => expect(JSON.stringify(log)).toContain('the endpoint sends blocks'))
    expect(kept).toEqual([])
    endpoint.cut()
    expect(await run.ended).toBeUndefined()
    expect(askedFor(endpoint)).toEqual([-5n, -5n])
    expect(kept).toMatchObject([{ startBlock: 114 }])
  })

  it('is found out again when the configuration has another one', async () => {
    await using endpoint = await Endpoint.start(twenty())
    const { kept, ...options } = keeping()
    const config = configFor(endpoint.origin, { startBlock: -5, stopBlock: 118 })
    expect(await start(config, options).ended).toBeUndefined()
    expect(await start({ ...config, startBlock: -3 }, { cursor: kept[0] as Json }).ended).toBeUndefined()
    expect(askedFor(endpoint)).toEqual([-5n, -3n])
  })
})

it('a start block that is named needs no checkpoint before the first page', async () => {
  await using endpoint = await Endpoint.start(twenty())
  const { kept, ...options } = keeping()
  expect(await start(configFor(endpoint.origin, { startBlock: 105, stopBlock: 110 }), options).ended).toBeUndefined()
  expect(kept).toEqual([])
})
