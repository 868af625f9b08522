import { HermesServer, priceOf } from '@data-weaver/adapters/conformance/hermes'
import { MastodonServer } from '@data-weaver/adapters/conformance/mastodon'
import { systemClock } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentsOf, type Fleet, runsOf, startFleet } from './fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(async () => {
  // What goes wrong beside a stream has no other voice than the logs.
  const amiss = /.*(?:reconciler step failed|unexpected error|live run failed).*/.exec(fleet?.output() ?? '')
  await fleet?.[Symbol.asyncDispose]()
  if (amiss !== null) throw new Error(amiss[0])
})

async function started(name: string, adapter: string, secrets: object, config: object): Promise<void> {
  await fleet.api.post('/v1/streams', { name, adapter, schedule: { continuous: true }, secrets, config })
  await fleet.api.post(`/v1/streams/${name}/start`)
}
const followed = (name: string, server: MastodonServer, more: object = {}): Promise<void> =>
  started(
    name,
    'mastodon',
    { token: server.token },
    { server: server.url, streams: [{ type: 'public' }], segment: { ms: 100 }, reconnect: { minMs: 50, maxMs: 500 }, ...more },
  )

/** Waits until the documents of a stream have these values in a field, in whatever order. */
const documents = (what: string, name: string, field: string, wanted: readonly string[]) =>
  eventually(
    async () => {
      const found = (await documentsOf(fleet.api, name)).map(({ fields }) => JSON.stringify(fields[field])).toSorted()
      return JSON.stringify(found) === JSON.stringify(wanted.map((one) => JSON.stringify(one)).toSorted())
    },
    { what, timeoutMs: 30_000 },
  )
const posts = (what: string, name: string, wanted: readonly string[]) => documents(what, name, 'text', wanted)

const listening = (server: MastodonServer, connections: number) =>
  eventually(() => server.connections >= connections && server.listening.length > 0, { what: 'somebody to listen', timeoutMs: 30_000 })
const silent = (server: MastodonServer) => eventually(() => server.listening.length === 0, { what: 'nobody to listen any more' })

async function gapsOf(name: string): Promise<unknown[]> {
  const { items } = await fleet.api.get<{ items: { gap: unknown }[] }>(`/v1/streams/${name}/results?limit=500`)
  return items.map(({ gap }) => gap).filter((gap) => gap !== null && gap !== undefined)
}
const stop = (name: string) => fleet.api.post(`/v1/streams/${name}/stop`)

test('posts are documents, an edit changes one, a deletion takes one away', async () => {
  await using server = await MastodonServer.start()
  await followed('posts', server)
  await listening(server, 1)
  const [one, two] = [server.post('one'), server.post('two')]
  await posts('two posts', 'posts', ['one', 'two'])
  server.edit(one, 'one, edited')
  server.delete(two)
  await posts('the edit and the deletion', 'posts', ['one, edited'])
  const [document] = await documentsOf(fleet.api, 'posts')
  expect(document).toMatchObject({
    id: `posts:${one.id}`,
    fields: { account: { acct: 'ada' }, url: one.url, content: '<p>one, edited</p>' },
  })
  expect(await stop('posts')).toMatchObject({ state: 'completed' })
  await silent(server)
})

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a worker that ends by %s hands its stream over, and no post is lost or doubled',
  async (signal) => {
    await using server = await MastodonServer.start()
    const name = `handed-over-${signal.toLowerCase()}`
    await followed(name, server)
    await listening(server, 1)
    const wanted: string[] = []
    const write = (text: string) => {
      server.post(text)
      wanted.push(text)
    }
    write('before')
    await posts('the first post', name, wanted)
    const leaving = fleet.worker
    await fleet.startWorker()
    // Not stored yet when the worker has to leave.
    for (let n = 1; n <= 50; n += 1) write(`meanwhile ${n}`)
    const toldAt = systemClock.monotonic()
    const gone = leaving.end(signal)
    for (let n = 1; n <= 50; n += 1) write(`later ${n}`)
    await gone
    for (let n = 1; n <= 50; n += 1) write(`afterwards ${n}`)
    await listening(server, 2)
    // One that leaves says so; one that is killed is missed when its lease of three seconds is over.
    if (signal === 'SIGTERM') expect(systemClock.monotonic() - toldAt).toBeLessThan(3000)
    write('at last')
    await posts('all posts', name, wanted)
    expect(await gapsOf(name)).toEqual([])
    expect((await runsOf(fleet.api, name)).filter(({ state }) => state === 'running')).toHaveLength(1)
    await stop(name)
  },
)

test('a server that is killed, comes back and asks for patience loses nothing', async () => {
  await using server = await MastodonServer.start()
  await followed('killed-server', server)
  await listening(server, 1)
  server.post('before')
  await posts('the first post', 'killed-server', ['before'])
  for (let n = 0; n < 3; n += 1) server.refusals.push({ status: 503 })
  server.answers.push({ status: 429, headers: { 'x-ratelimit-reset': new Date(systemClock.now() + 1000).toISOString() } })
  server.cut()
  server.post('missed')
  await posts('the post that was missed', 'killed-server', ['before', 'missed'])
  expect(await gapsOf('killed-server')).toEqual([])
  await stop('killed-server')
})

test.each(['websocket', 'sse'])('a server that is stalled over %s is left, and what it did not say is fetched', async (transport) => {
  await using server = await MastodonServer.start()
  const name = `stalled-${transport}`
  await followed(name, server, { transport, idleMs: 1000 })
  await listening(server, 1)
  server.post('before')
  await posts('the first post', name, ['before'])
  server.stall()
  server.post('unsaid')
  await posts('the post that was not said', name, ['before', 'unsaid'])
  expect(await gapsOf(name)).toEqual([])
  await stop(name)
})

test('posts that the server does not give again are seen to be missing', async () => {
  await using server = await MastodonServer.start()
  await followed('gap', server, { fill: { posts: 0 } })
  await listening(server, 1)
  server.post('before')
  await posts('the first post', 'gap', ['before'])
  server.cut()
  server.post('missed')
  await listening(server, 2)
  server.post('after')
  await posts('the posts but one', 'gap', ['before', 'after'])
  expect(await gapsOf('gap')).toMatchObject([{ reason: 'reconnect' }])
  await stop('gap')
})

test('a stop stores what was gathered', async () => {
  await using server = await MastodonServer.start()
  await followed('drained', server, { segment: { ms: 600_000 } })
  await listening(server, 1)
  server.post('at once')
  await posts('the first segment, which comes soon', 'drained', ['at once'])
  server.post('gathered')
  // A ping of the server is answered behind what it sent before.
  await server.heard()
  expect(await stop('drained')).toMatchObject({ state: 'completed', mode: 'drain' })
  await posts('both posts', 'drained', ['at once', 'gathered'])
  await silent(server)
})

test('prices are documents, the latest of each feed', async () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
  await using server = await HermesServer.start(priceOf(a, 1, 1), priceOf(b, 2, 1))
  await started('prices', 'pyth-stream', { key: server.token }, { endpoint: server.url, ids: [a, b], segment: { ms: 50 } })
  const priced = (what: string, wanted: readonly string[]) => documents(what, 'prices', 'price_text', wanted)
  await priced('the latest prices', ['1.000001', '1.000002'])
  server.publish(priceOf(a, 3, 2))
  await priced('a newer price', ['1.000003', '1.000002'])
  server.send(priceOf(a, 9, 1))
  server.publish(priceOf(b, 4, 3))
  await priced('a newer price behind an older one', ['1.000003', '1.000004'])
  expect(await stop('prices')).toMatchObject({ state: 'completed' })
})
