import { Chain, type ChainBlock, cursorOf, Endpoint, packageBytes, transfers } from '@data-weaver/adapters/conformance/substreams'
import type { Result } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, startFleet } from '../e2e/fleet.ts'
import { bytesBehind, checked, create, documents, example, expectNowhere, type Following, follow, found, newestRun } from './following.ts'

const token = 't0ken/of+substreams=unseen'
const stack = new AsyncDisposableStack()
let fleet: Fleet

beforeAll(async () => {
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

const fieldsOf = async (stream: string) => Object.fromEntries((await documentsOf(fleet.api, stream)).map(({ id, fields }) => [id, fields]))

/** Waits until a stream has these documents and no others. */
const expectDocuments = (stream: string, golden: Readonly<Record<string, unknown>>) =>
  eventually(
    async () => {
      expect(await fieldsOf(stream)).toEqual(golden)
      return true
    },
    { what: `the documents of ${stream}`, timeoutMs: 30_000 },
  )

/** Stops a live stream; the operation is complete when its worker has ended the run. */
async function stopped(stream: string): Promise<void> {
  expect(await fleet.api.post(`/v1/streams/${stream}/stop`)).toMatchObject({ state: 'completed', mode: 'drain' })
  expect(await newestRun(fleet, stream, ({ state }) => state !== 'running' && state !== 'delivering', 'has ended')).toMatchObject({
    error: null,
  })
}

const transfer = (trx: string, account: string, amount: bigint) => transfers([{ trxHash: Buffer.from(trx, 'hex'), account, amount }])

const streamTo = async (name: string, endpoint: Endpoint, more: object = {}): Promise<Following> => ({
  ...(await example(
    'substreams.json',
    {
      endpoint: endpoint.origin,
      package: { from: 'inline', base64: Buffer.from(packageBytes()).toString('base64') },
      params: { map_transfers: 'contract=0xdac1' },
      startBlock: 100,
      segment: { ms: 50 },
      reconnect: { minMs: 50, maxMs: 200, maxFailures: 1000 },
      ...more,
    },
    { token },
  )),
  name,
})

const titled = {
  fields: {
    title: { template: 'Transfer of {{amount}} to {{account}} in block {{_block.number}}' },
    to: 'account',
    amount: 'amount',
    transaction: 'trx_hash',
    block: '_block.number',
    time: '_block.time',
  },
}

describe.each(['v4', 'v3', 'v2'] as const)('Substreams, protocol %s', (version) => {
  test('blocks become documents, and those of forgotten blocks go', async () => {
    const chain = new Chain()
    chain.push(transfer('a1', 'vitalik', 18_446_744_073_709_551_615n), transfer('a2', 'satoshi', 21n))
    await using endpoint = await Endpoint.start(chain, { versions: [version] })
    const name = `transfers-${version}`
    await create(fleet, { ...(await streamTo(name, endpoint)), transform: titled })
    expect((await checked(fleet, name)).documents.length).toBeGreaterThan(0)
    await fleet.api.post(`/v1/streams/${name}/start`)
    const vitalik = {
      title: 'Transfer of 18446744073709551615 to vitalik in block 100',
      to: 'vitalik',
      amount: '18446744073709551615',
      transaction: '0xa1',
      block: 100,
      time: '2023-11-14T22:33:20.500Z',
    }
    const id = (hash: string) => `${name}:0x${hash}:0`
    await expectDocuments(name, { [id('a1')]: vitalik, [id('a2')]: expect.objectContaining({ to: 'satoshi', block: 101 }) })
    expect(await found(fleet, `18446744073709551615 vitalik`)).toContain(id('a1'))
    const [document] = await documents(fleet, name, 2)
    const { result, bytes } = await bytesBehind(fleet, document as NonNullable<typeof document>)
    expect(new URL(result.request.url).pathname).toBe(`/sf.substreams.rpc.${version}.Stream/Blocks`)
    expect(bytes.toString()).toContain('map_transfers')
    // Block 101 is forgotten, and another one takes its place.
    chain.fork(100, transfer('b2', 'hal', 42n), transfer('b3', 'nick', 43n))
    const hal = expect.objectContaining({ to: 'hal', block: 101 })
    await expectDocuments(name, { [id('a1')]: vitalik, [id('b2')]: hal, [id('b3')]: expect.objectContaining({ to: 'nick', block: 102 }) })
    expect(await found(fleet, 'satoshi')).toEqual([])
    await stopped(name)
    // What is forgotten while nobody listens goes as well when the stream is started again.
    chain.fork(101, transfer('c3', 'adam', 7n))
    await fleet.api.post(`/v1/streams/${name}/start`)
    await expectDocuments(name, { [id('a1')]: vitalik, [id('b2')]: hal, [id('c3')]: expect.objectContaining({ to: 'adam', block: 102 }) })
    await stopped(name)
  })

  test('what a forgotten block had changed is as it was before', async () => {
    const chain = new Chain()
    chain.push(transfer('a1', 'ada', 1n), transfer('a2', 'bob', 2n), transfer('a3', 'ada', 3n))
    await using endpoint = await Endpoint.start(chain, { versions: [version] })
    const name = `balances-${version}`
    const transform = { fields: { amount: 'amount', block: '_block.number' } }
    await follow(fleet, { ...(await streamTo(name, endpoint, { primaryKey: ['account'] })), transform })
    await expectDocuments(name, { [`${name}:ada`]: { amount: '3', block: 102 }, [`${name}:bob`]: { amount: '2', block: 101 } })
    // Two blocks are forgotten: ada's last transfer and bob's only one.
    chain.fork(100, transfer('b2', 'eve', 9n))
    await expectDocuments(name, { [`${name}:ada`]: { amount: '1', block: 100 }, [`${name}:eve`]: { amount: '9', block: 101 } })
    await stopped(name)
  })
})

describe('Substreams with a worker that is killed', () => {
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const hash = (n: number) => n.toString(16).padStart(4, '0')
  const push = (chain: Chain, from: number, to: number) =>
    chain.push(...numbers(from, to).map((n) => transfer(hash(n), `account-${n}`, BigInt(n))))

  /** The blocks of all results of a stream, in their order. */
  async function storedBlocks(stream: string): Promise<readonly number[]> {
    const { items } = await fleet.api.get<{ items: readonly Result[] }>(`/v1/streams/${stream}/results?limit=500`)
    const inOrder = items.toSorted((a, b) => a.seq - b.seq)
    const bodies = await Promise.all(inOrder.map(({ id }) => fleet.api.bytes(`/v1/results/${id}/body`)))
    const lines = bodies.flatMap((body) => body.toString().trim().split('\n').slice(1))
    return lines.flatMap((line) => {
      const { block } = JSON.parse(line) as { block?: { number: number } }
      return block === undefined ? [] : [block.number]
    })
  }

  test('goes on at the exact cursor: every block once, and what was forgotten meanwhile is taken back', async () => {
    const chain = new Chain()
    push(chain, 0, 9)
    await using endpoint = await Endpoint.start(chain)
    const name = 'killed-blocks'
    await follow(fleet, { ...(await streamTo(name, endpoint)), transform: { fields: { amount: 'amount' } } })
    const id = (n: number) => `${name}:0x${hash(n)}:0`
    await expectDocuments(name, Object.fromEntries(numbers(0, 9).map((n) => [id(n), { amount: String(n) }])))
    const head = chain.head as ChainBlock
    const doomed = fleet.worker
    await fleet.startWorker()
    await doomed.end('SIGKILL')
    const asked = endpoint.asked.length
    // Nobody listens: two blocks are forgotten, and five come.
    chain.fork(head.number - 2)
    push(chain, 100, 104)
    const valid = [...numbers(0, 7), ...numbers(100, 104)]
    await expectDocuments(name, Object.fromEntries(valid.map((n) => [id(n), { amount: String(n) }])))
    expect(endpoint.asked[asked]).toMatchObject({ startCursor: cursorOf(head) })
    push(chain, 105, 106)
    await expectDocuments(name, Object.fromEntries([...valid, 105, 106].map((n) => [id(n), { amount: String(n) }])))
    await stopped(name)
    // Ten blocks before, and those from the place of the fork on: no block twice, none missing.
    expect(await storedBlocks(name)).toEqual([...numbers(100, 109), ...numbers(108, 114)])
  })
})

test('no token is in the ledger, the queue, the objects or the logs', async () => {
  await expectNowhere(fleet, [token])
})
