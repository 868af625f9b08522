import type { Json, StoredPage } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { describeAdapter } from '../src/conformance.ts'
import { expectNoSecrets, readPage } from '../src/conformance/harness.ts'
import { substreams } from './index.ts'
import { Chain } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { transfers } from './test/package.ts'
import { configFor, start } from './test/run.ts'

// The scenarios of the suite answer over HTTP/1.1. What they hold of a poll is held here and in the tests beside this one of calls by gRPC.
describeAdapter({ adapter: substreams, scenarios: [] })

function forked(): Chain {
  const chain = new Chain()
  chain.push(...['a', 'b', 'a', 'c'].map((account, index) => transfers([{ account, amount: BigInt(index) }])))
  return chain
}

/** Pages of all kinds: blocks, an undo that restores and deletes, none. */
async function somePages() {
  const chain = forked()
  await using endpoint = await Endpoint.start(chain)
  const config = configFor(endpoint.origin, { stopBlock: 110, segment: { ms: 60_000, blocks: 2 } })
  const secrets = { token: 'sec/ret+"=1' }
  const log: unknown[] = []
  const run = start(config, {
    secrets,
    log,
    onPage: (page) => {
      if ((page.cursor as { block: { number: number } }).block.number === 103)
        chain.fork(101, ...Array.from({ length: 8 }, () => new Uint8Array()))
    },
  })
  expect(await run.ended).toBeUndefined()
  return { pages: run.pages, config, secrets, log }
}

describe('segments', () => {
  it('give the same records again, from other objects with the same bytes, and change nothing', async () => {
    const { pages, config, secrets, log } = await somePages()
    expect(pages.map((page) => readPage(substreams, config, page).length)).toEqual([2, 2, 2, 0])
    expect(readPage(substreams, config, pages[2] as StoredPage)).toMatchObject([
      { key: ['a'], fields: { amount: '0' } },
      { key: ['c'], fields: {}, deleted: true },
    ])
    for (const page of pages) {
      const before = Buffer.from(page.body)
      const first = readPage(substreams, config, page)
      expect(readPage(substreams, config, page)).toEqual(first)
      expect(JSON.parse(JSON.stringify(first))).toEqual(first)
      expect(Buffer.from(page.body)).toEqual(before)
      expect(JSON.parse(JSON.stringify(page.cursor))).toEqual(page.cursor)
    }
    expectNoSecrets(secrets, { pages: pages.map(({ body: _, ...facts }) => facts), log })
  })

  it('are read by other paths as well', async () => {
    const { pages, config } = await somePages()
    const [first] = pages
    const found = readPage(substreams, { ...config, records: undefined, primaryKey: ['_block.id'] }, first as StoredPage)
    expect(found).toMatchObject([{ fields: { transfers: [{ account: 'a' }] } }, { fields: { transfers: [{ account: 'b' }] } }])
  })

  it.each([
    ['empty', ''],
    ['not JSON', 'x'],
    ['another format', '{"format":"other"}'],
    ['without descriptors', '{"format":"substreams-1"}'],
    ['with broken descriptors', '{"format":"substreams-1","type":"a.B","descriptors":"AAAA"}'],
    ['with a strange line', '{"format":"substreams-1","type":"a.B","descriptors":"AAAA"}\n{"what":1}'],
    ['with null for a line', '{"format":"substreams-1","type":"a.B","descriptors":"AAAA"}\nnull'],
    ['not UTF-8', Buffer.from([0x7b, 0xff])],
  ])('that are %s are malformed', (_name, body) => {
    const page: StoredPage = {
      body: Buffer.from(body),
      request: { method: 'POST', url: 'https://a.example', headers: {} },
      response: { status: 200, headers: {}, receivedAt: '2026-03-01T00:00:00Z', durationMs: 0 },
    }
    expect(() => readPage(substreams, { primaryKey: ['a'] }, page)).toThrow(expect.objectContaining({ code: 'source_malformed' }))
  })
})

describe('a checkpoint', () => {
  it.each(['nonsense', 5, [], { version: 999 }, { version: 1, of: '' }] satisfies Json[])(
    '%j cannot be read, and nothing is asked',
    async (cursor) => {
      await using endpoint = await Endpoint.start(forked())
      const error = await start(configFor(endpoint.origin), { cursor }).ended
      expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('checkpoint') })
      expect(endpoint.asked).toEqual([])
    },
  )

  it('with a memory that is broken cannot be read', async () => {
    const { pages, config } = await somePages()
    const good = pages[0]?.cursor as { memory: { blocks: { o: string }[] } }
    const cursor = { ...good, memory: { floor: -1, blocks: [{ ...good.memory.blocks[0], o: 'AAAA' }] } } as Json
    expect(await start({ ...config, stopBlock: 111 }, { cursor }).ended).toMatchObject({ code: 'invalid_config' })
  })

  it('of something else is none: the run begins at its start block', async () => {
    const { pages, config } = await somePages()
    await using endpoint = await Endpoint.start(forked())
    const other = { ...config, endpoint: endpoint.origin, params: { map_transfers: 'other' }, stopBlock: 101 }
    expect(await start(other, { cursor: pages[0]?.cursor ?? null }).ended).toBeUndefined()
    expect(endpoint.asked[0]).toMatchObject({ startCursor: '', startBlockNum: 100n })
  })

  it('stays good when limits, paths and the end of the range change', async () => {
    const { pages, config } = await somePages()
    await using endpoint = await Endpoint.start(forked())
    const other = {
      ...config,
      endpoint: endpoint.origin,
      stopBlock: 102,
      primaryKey: ['_index'],
      bytes: '0x' as const,
      undo: { maxBytes: 2048 },
    }
    await start(other, { cursor: pages[0]?.cursor ?? null }).ended
    expect(endpoint.asked[0]?.startCursor).toBe('c:65x2')
  })
})
