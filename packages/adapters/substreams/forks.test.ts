import type { Json, Page } from '@data-weaver/contracts'
import { describe, expect, it, vi } from 'vitest'
import { Chain, cursorOf } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { transfers, transfersIn } from './test/package.ts'
import { configFor, documentsOf, recordsOf, start } from './test/run.ts'

const until = (condition: () => void) => vi.waitFor(condition, { timeout: 20_000, interval: 3 })
const amounts = (documents: ReturnType<typeof documentsOf>) =>
  Object.fromEntries([...documents].map(([key, { amount }]) => [JSON.parse(key)[0], amount]))
const wrote = (...entries: readonly (readonly [string, number])[]) =>
  transfers(entries.map(([account, amount]) => ({ account, amount: BigInt(amount) })))

/** Waits until the last page stands at the head of the chain. */
const caughtUp = (chain: Chain, pages: readonly Page[]) =>
  until(() => expect(pages.at(-1)?.cursor).toMatchObject({ cursor: cursorOf(chain.head as never) }))

describe('blocks that the chain forgets', () => {
  it('after they were stored are taken back: deleted, or as they were before', async () => {
    const chain = new Chain()
    chain.push(wrote(['ann', 1], ['bob', 1]), wrote(['ann', 2]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin)
    const run = start(config)
    chain.push(wrote(['ann', 3], ['cat', 3], ['bob', 3]), wrote(['dan', 4], ['ann', 4]))
    await caughtUp(chain, run.pages)
    const before = run.pages.length
    expect(amounts(documentsOf(config, run.pages))).toEqual({ ann: '4', bob: '3', cat: '3', dan: '4' })
    chain.fork(101)
    await caughtUp(chain, run.pages)
    expect(run.pages).toHaveLength(before + 1)
    const undone = recordsOf(config, run.pages.slice(before))
    expect(undone.map(({ key, deleted, fields }) => [key[0], deleted === true ? null : fields.amount])).toEqual([
      ['ann', '2'],
      ['cat', null],
      ['bob', '1'],
      ['dan', null],
    ])
    expect(undone[0]?.fields).toMatchObject({ _block: { number: 101 }, _index: 0 })
    chain.push(wrote(['eve', 5]))
    await caughtUp(chain, run.pages)
    expect(amounts(documentsOf(config, run.pages))).toEqual({ ann: '2', bob: '1', eve: '5' })
    run.drain()
    expect(await run.ended).toBeUndefined()
  })

  it('before they were stored leave no trace', async () => {
    const chain = new Chain()
    chain.push(wrote(['ann', 1]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { segment: { ms: 600_000 } })
    const log: unknown[] = []
    const run = start(config, { log })
    await until(() => expect(endpoint.asked).toHaveLength(1))
    chain.push(wrote(['bob', 2]), wrote(['cat', 3]))
    chain.fork(101, wrote(['dan', 4]))
    await until(() => expect(JSON.stringify(log)).toContain('forgotten'))
    run.drain()
    await run.ended
    expect(run.pages).toHaveLength(1)
    const accounts = recordsOf(config, run.pages).map(({ key }) => key[0])
    expect(accounts.filter((account) => account !== 'dan')).toEqual(['ann', 'bob'])
  })

  it('while nobody listened are taken back by the next run', async () => {
    const chain = new Chain()
    chain.push(wrote(['ann', 1]), wrote(['ann', 2], ['bob', 2]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin)
    const first = start(config)
    await caughtUp(chain, first.pages)
    first.drain()
    await first.ended
    chain.fork(100, wrote(['cat', 3]))
    const second = start(config, { cursor: first.pages.at(-1)?.cursor ?? null })
    await caughtUp(chain, second.pages)
    second.drain()
    await second.ended
    expect(amounts(documentsOf(config, [...first.pages, ...second.pages]))).toEqual({ ann: '1', cat: '3' })
  })

  it('and that were not stored whole before a worker died are taken back once the undo is', async () => {
    const chain = new Chain()
    chain.push(wrote(['ann', 1]), wrote(['bob', 2]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin)
    const first = start(config)
    await caughtUp(chain, first.pages)
    first.drain()
    await first.ended
    const stored = [...first.pages]
    chain.fork(100, wrote(['cat', 3]))
    // The page that takes back is made, but its commit fails; the next worker begins at the checkpoint of before.
    const failed = start(config, {
      cursor: stored.at(-1)?.cursor ?? null,
      onPage: () => {
        throw new Error('the ledger is away')
      },
    })
    expect(await failed.ended).toMatchObject({ message: 'the ledger is away' })
    const again = start(config, { cursor: stored.at(-1)?.cursor ?? null })
    await caughtUp(chain, again.pages)
    again.drain()
    await again.ended
    expect(amounts(documentsOf(config, [...stored, ...again.pages]))).toEqual({ ann: '1', cat: '3' })
  })

  it('below what is remembered end the run with the way out', async () => {
    const chain = new Chain({ depth: 2 })
    chain.push(wrote(['ann', 1]), wrote(['ann', 2]), wrote(['ann', 3]), wrote(['ann', 4]), wrote(['ann', 5]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { undo: { restoreBytes: 0 } })
    const run = start(config)
    await caughtUp(chain, run.pages)
    chain.fork(101, wrote(['bob', 1]))
    const error = await run.ended
    expect(error).toMatchObject({ code: 'source_rejected', retryable: false })
    expect(String(error)).toMatch(/above 101.*Reset the checkpoint/)
  })

  it('never come with finalBlocksOnly', async () => {
    const chain = new Chain({ depth: 3 })
    chain.push(...Array.from({ length: 10 }, (_, index) => wrote([`a${index}`, index])))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { finalBlocksOnly: true })
    const run = start(config)
    await until(() => expect(recordsOf(config, run.pages)).toHaveLength(7))
    chain.fork(107, wrote(['b', 1]), wrote(['b', 2]), wrote(['b', 3]), wrote(['b', 4]))
    await until(() => expect(recordsOf(config, run.pages).length).toBe(9))
    run.drain()
    await run.ended
    expect(recordsOf(config, run.pages).map(({ key }) => key[0])).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'b'])
    expect(run.pages.at(-1)?.cursor).not.toHaveProperty('memory')
  })

  it('are deleted as well where a record deletes, and what it deleted comes back', async () => {
    const chain = new Chain()
    chain.push(wrote(['ann', 1]), transfers([{ account: 'ann', kind: 2 }]))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { deletedWhen: { path: 'kind', equals: 'KIND_GONE' } })
    const run = start(config)
    await caughtUp(chain, run.pages)
    expect(documentsOf(config, run.pages).size).toBe(0)
    chain.fork(100)
    await caughtUp(chain, run.pages)
    run.drain()
    await run.ended
    expect(amounts(documentsOf(config, run.pages))).toEqual({ ann: '1' })
  })
})

describe('a module with more output than the checkpoint may carry', () => {
  const large = (account: string, amount: number) => transfers([{ account, amount: BigInt(amount), memo: 'x'.repeat(400) }])

  it('comes later, as blocks become final, and what is forgotten until then never comes', async () => {
    const chain = new Chain({ depth: 5 })
    chain.push(large('a', 1), large('b', 2), large('c', 3), large('d', 4), large('e', 5))
    await using endpoint = await Endpoint.start(chain)
    // Room for two of them.
    const config = configFor(endpoint.origin, { undo: { maxBytes: 1024 } })
    const run = start(config)
    await until(() => expect(recordsOf(config, run.pages)).toHaveLength(2))
    expect(run.pages.at(-1)?.cursor).toMatchObject({ block: { number: 101 } })
    chain.fork(102, large('f', 6), large('g', 7))
    chain.push(large('h', 8))
    // Block 100 is final now, so there is room for another.
    await until(() => expect(recordsOf(config, run.pages)).toHaveLength(3))
    chain.push(...Array.from({ length: 5 }, () => new Uint8Array()))
    await until(() => expect(recordsOf(config, run.pages)).toHaveLength(6))
    run.drain()
    await run.ended
    expect(recordsOf(config, run.pages).map(({ key }) => key[0])).toEqual(['a', 'b', 'c', 'f', 'g', 'h'])
  })

  it('is complete at a stop block when all of it is final', async () => {
    const chain = new Chain({ depth: 5 })
    chain.push(large('a', 1), large('b', 2), large('c', 3), large('d', 4))
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { stopBlock: 104, undo: { maxBytes: 1024 } })
    const run = start(config, { hurry: 100 })
    await until(() => expect(endpoint.asked.length).toBeGreaterThan(1))
    expect(recordsOf(config, run.pages)).toHaveLength(2)
    chain.push(...Array.from({ length: 6 }, () => new Uint8Array()))
    expect(await run.ended).toBeUndefined()
    expect(recordsOf(config, run.pages).map(({ key }) => key[0])).toEqual(['a', 'b', 'c', 'd'])
    expect(run.pages.at(-1)).toMatchObject({ last: true })
  })

  it('goes on over a single block that is larger than all there is room for', async () => {
    const chain = new Chain({ depth: 1 })
    chain.push(
      transfers([{ account: 'a', memo: 'x'.repeat(5000) }]),
      transfers([{ account: 'b', memo: 'x'.repeat(5000) }]),
      new Uint8Array(),
    )
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, { undo: { maxBytes: 1024 } })
    const run = start(config)
    await until(() => expect(recordsOf(config, run.pages).map(({ key }) => key[0])).toEqual(['a', 'b']))
    run.drain()
    await run.ended
  })
})

describe('any chain', () => {
  /** The same numbers for the same seed: what fails can be played again. */
  const random = (seed: number) => (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed % below
  }

  type Documents = Readonly<Record<string, { readonly amount: unknown; readonly number: number; readonly id: string }>>

  /** What the blocks that hold say. */
  const said = (chain: Chain): Documents =>
    Object.fromEntries(
      chain.blocks.flatMap(({ output, number, id }) =>
        transfersIn(output).map(({ account, amount }) => [account, { amount: String(amount), number, id }]),
      ),
    )

  const stand = (config: ReturnType<typeof configFor>, pages: readonly Page[]): Documents =>
    Object.fromEntries(
      [...documentsOf(config, pages)].map(([key, { amount, _block }]) => {
        const { number, id } = _block as { number: number; id: string }
        return [JSON.parse(key)[0], { amount, number, id }]
      }),
    )

  /** Plays a chain that grows and forks to runs that are drained, aborted, cut off and whose commits fail. */
  async function play(seed: number, undo: object, agree: (found: Documents, chain: Chain) => void): Promise<void> {
    const next = random(seed)
    const chain = new Chain({ depth: 6 })
    const block = () =>
      next(5) === 0 ? new Uint8Array() : wrote(...Array.from({ length: 1 + next(3) }, (): [string, number] => [`k${next(8)}`, next(1000)]))
    chain.push(block(), block(), block())
    await using endpoint = await Endpoint.start(chain)
    const config = configFor(endpoint.origin, {
      undo,
      idleMs: 3_600_000,
      segment: { ms: 50, blocks: 1 + next(4) },
      protocol: ['v2', 'v4'][next(2)],
    })
    const stored: Page[] = []
    let cursor: Json = null
    for (let round = 0; round < 8; round++) {
      let commits = next(4) === 0 ? 1 + next(3) : Infinity
      const run = start(config, {
        cursor,
        hurry: 400,
        onPage: (page) => {
          if (--commits < 0) throw new Error('a commit failed')
          stored.push(page)
          if (page.cursor !== undefined) cursor = page.cursor
        },
      })
      for (let action = 0; action < 4; action++) {
        const head = chain.head?.number ?? 0
        const oldest = Math.max(chain.first, chain.final, head - 4)
        if (next(3) === 0 && head > oldest) chain.fork(oldest + next(head - oldest), ...(next(2) === 0 ? [] : [block(), block()]))
        else chain.push(...Array.from({ length: 1 + next(3) }, block))
        if (next(4) === 0) endpoint.cut()
        if (next(2) === 0 && commits === Infinity) await until(() => agree(stand(config, stored), chain))
      }
      if (next(2) === 0) run.drain()
      else run.abort()
      await run.ended
    }
    const last = start(config, { cursor, hurry: 400, onPage: (page) => void stored.push(page) })
    chain.push(wrote(['end', seed]))
    await until(() => expect(stand(config, stored)).toHaveProperty('end'))
    last.drain()
    expect(await last.ended).toBeUndefined()
    agree(stand(config, stored), chain)
  }

  it.each(Array.from({ length: 12 }, (_, index) => index + 1))('leaves the documents of the blocks that hold (seed %i)', async (seed) => {
    await play(seed, {}, (found, chain) => expect(found).toEqual(said(chain)))
  })

  it.each([101, 102, 103, 104])('leaves no document of a forgotten block, whatever is remembered (seed %i)', async (seed) => {
    await play(seed, { restoreBytes: 0 }, (found, chain) => expect(said(chain)).toMatchObject(found))
  })
})
