import type { LiveScriptedSource } from '@data-weaver/adapters/conformance/live-source'
import { Chain, Endpoint, packageBytes, transfers } from '@data-weaver/adapters/conformance/substreams'
import { MastodonServer } from '@data-weaver/adapters/conformance/mastodon'
import type { Result } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, startFleet } from '../e2e/fleet.ts'
import { follow } from './following.ts'
import { forgetfulFeed, placedFeed } from './stand-ins/feeds.ts'

// A live stream that was connected and has heard nothing yet, whose worker is killed.

const stack = new AsyncDisposableStack()
let fleet: Fleet

beforeAll(async () => {
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

const quick = { segment: { ms: 50 }, reconnect: { minMs: 50, maxMs: 200, maxFailures: 1000 } }

/** Waits until where the stream began is in the ledger, before anything has come. */
const remembered = async (stream: string): Promise<void> => {
  await eventually(async () => (await fleet.api.get<{ cursor: unknown }>(`/v1/streams/${stream}`)).cursor !== null, {
    what: `a checkpoint of ${stream}`,
    timeoutMs: 30_000,
  })
  expect(await resultsOf(stream)).toEqual([])
}

const resultsOf = async (stream: string): Promise<readonly Result[]> =>
  (await fleet.api.get<{ items: readonly Result[] }>(`/v1/streams/${stream}/results?limit=500`)).items

/** Kills the worker while another one is there that will take over. */
async function killWorker(): Promise<void> {
  const doomed = fleet.worker
  await fleet.startWorker()
  await doomed.end('SIGKILL')
}

const stopped = (stream: string) => fleet.api.post(`/v1/streams/${stream}/stop`)

describe('what comes before the first page is not lost', () => {
  const listen = (name: string, feed: LiveScriptedSource) =>
    follow(fleet, {
      name,
      adapter: 'sse',
      schedule: { continuous: true },
      config: { url: `${feed.origin}/events`, primaryKey: ['id'], ...quick },
    })
  const heard = (feed: LiveScriptedSource, connections: number) =>
    eventually(() => feed.clients.length >= connections && feed.clients.at(-1)?.open, { what: 'a listener', timeoutMs: 30_000 })
  const numbersOf = async (stream: string) =>
    (await documentsOf(fleet.api, stream)).map(({ fields }) => Number(fields.n)).toSorted((a, b) => a - b)

  test('sse: of a source that says where it begins', async () => {
    const feed = stack.use(await placedFeed())
    // What was before the stream is not asked for.
    feed.publish(5)
    await listen('placed', feed)
    await heard(feed, 1)
    await remembered('placed')
    await killWorker()
    feed.publish(3)
    await heard(feed, 2)
    feed.publish(1)
    await eventually(async () => (await numbersOf('placed')).includes(9), { what: 'message 9', timeoutMs: 30_000 })
    expect(await numbersOf('placed')).toEqual([6, 7, 8, 9])
    expect((await resultsOf('placed')).every(({ gap }) => gap === null)).toBe(true)
    await stopped('placed')
  })

  test('sse: and what a source cannot send again is at least said', async () => {
    const feed = stack.use(await forgetfulFeed())
    await listen('forgetful', feed)
    await heard(feed, 1)
    await remembered('forgetful')
    await killWorker()
    feed.publish(3)
    await heard(feed, 2)
    feed.publish(1)
    await eventually(async () => (await numbersOf('forgetful')).includes(4), { what: 'message 4', timeoutMs: 30_000 })
    expect(await numbersOf('forgetful')).toEqual([4])
    expect((await resultsOf('forgetful')).map(({ gap }) => gap?.reason)).toEqual(['start'])
    await stopped('forgetful')
  })

  test.each(['websocket', 'sse'] as const)('mastodon over %s', async (transport) => {
    await using server = await MastodonServer.start()
    server.post('before the stream')
    const name = `early-${transport}`
    const config = { server: server.url, streams: [{ type: 'public' }], transport, fill: { lookbackMs: 0 }, ...quick }
    await follow(fleet, { name, adapter: 'mastodon', schedule: { continuous: true }, config, secrets: { token: server.token } })
    await eventually(() => server.listening.length === 1, { what: 'a listener', timeoutMs: 30_000 })
    await remembered(name)
    await killWorker()
    await eventually(() => server.listening.length === 0, { what: 'the listener to be gone' })
    server.post('while nobody listened')
    await eventually(() => server.listening.length === 1, { what: 'another listener', timeoutMs: 30_000 })
    server.post('afterwards')
    const texts = async () => (await documentsOf(fleet.api, name)).map(({ fields }) => JSON.stringify(fields))
    await eventually(async () => (await texts()).some((text) => text.includes('afterwards')), { what: 'the last post', timeoutMs: 30_000 })
    const all = await eventually(async () => ((await texts()).length >= 2 ? await texts() : undefined), { what: 'two posts' })
    expect(all).toHaveLength(2)
    expect(all.join('\n')).toContain('while nobody listened')
    expect((await resultsOf(name)).every(({ gap }) => gap === null)).toBe(true)
    await stopped(name)
  })

  test('substreams: the block that is so many below the head', async () => {
    const chain = new Chain()
    const push = (...accounts: readonly string[]) => chain.push(...accounts.map((account) => transfers([{ account, amount: 1n }])))
    push('a100', 'a101', 'a102', 'a103', 'a104')
    await using endpoint = await Endpoint.start(chain)
    // The first worker is told where it begins, and gets nothing.
    endpoint.scripts.push(({ session }) => session(102))
    const name = 'early-blocks'
    const config = {
      endpoint: endpoint.origin,
      package: { from: 'inline', base64: Buffer.from(packageBytes()).toString('base64') },
      module: 'map_transfers',
      records: 'transfers',
      primaryKey: ['account'],
      startBlock: -2,
      ...quick,
    }
    await follow(fleet, { name, adapter: 'substreams', schedule: { continuous: true }, config })
    await remembered(name)
    await killWorker()
    // The head moves on while nobody listens.
    push('a105', 'a106', 'a107')
    const accounts = async () =>
      (await documentsOf(fleet.api, name)).map(({ fields }) => String(fields.account)).toSorted((a, b) => a.localeCompare(b))
    await eventually(async () => (await accounts()).includes('a107'), { what: 'the last block', timeoutMs: 30_000 })
    expect(await accounts()).toEqual(['a102', 'a103', 'a104', 'a105', 'a106', 'a107'])
    expect(endpoint.asked.map(({ startBlockNum }) => startBlockNum)).toEqual([-2n, 102n])
    await stopped(name)
  })
})
