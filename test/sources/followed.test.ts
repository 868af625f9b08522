import { createHmac } from 'node:crypto'
import { MastodonServer } from '@data-weaver/adapters/conformance/mastodon'
import { HermesServer, priceOf } from '@data-weaver/adapters/conformance/hermes'
import { eventually } from '@data-weaver/testkit'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, startFleet } from '../e2e/fleet.ts'
import { bytesBehind, checked, create, documents, example, expectNowhere, follow, found } from './following.ts'
import { haveRecordedBodies, recorded } from './payloads.ts'
import { bitcoinFeed } from './stand-ins/pyth.ts'

const etherFeed = 'ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace'
const signingKey = 'sign1ng/key+of=a-webhook'
const stack = new AsyncDisposableStack()
let fleet: Fleet
let mastodon: MastodonServer
let hermes: HermesServer

beforeAll(async () => {
  mastodon = stack.use(await MastodonServer.start())
  hermes = stack.use(await HermesServer.start(priceOf(bitcoinFeed, 0, 0), priceOf(etherFeed, 0, 0)))
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

const quick = { segment: { ms: 50 }, reconnect: { minMs: 50, maxMs: 200, maxFailures: 1000 } }

const fieldsOf = async (stream: string) => (await documentsOf(fleet.api, stream)).map(({ fields }) => fields)

const becomes = (stream: string, expected: readonly object[]) =>
  eventually(
    async () => {
      const fields = await fieldsOf(stream)
      expect(fields).toHaveLength(expected.length)
      expect(fields).toEqual(expect.arrayContaining(expected.map((one) => expect.objectContaining(one))))
      return true
    },
    { what: `the documents of ${stream}`, timeoutMs: 30_000 },
  )

const stopped = async (stream: string) => expect(await fleet.api.post(`/v1/streams/${stream}/stop`)).toMatchObject({ state: 'completed' })

interface ResultView {
  readonly gap: unknown
}
const gapsOf = async (stream: string): Promise<readonly unknown[]> =>
  (await fleet.api.get<{ items: readonly ResultView[] }>(`/v1/streams/${stream}/results?limit=500`)).items
    .map(({ gap }) => gap)
    .filter((gap) => gap !== null)

describe('Mastodon', () => {
  const climate = ['hashtag', 'climate']
  const listened = (stream: readonly string[]) =>
    eventually(() => mastodon.listening.some((streams) => streams.includes(stream.join(' '))), { what: 'a listener', timeoutMs: 30_000 })

  test('posts are found by what they say, change with their edits and go with their deletion', async () => {
    const stream = await example('mastodon.json', { server: mastodon.url, ...quick }, { token: mastodon.token })
    await follow(fleet, stream)
    await listened(climate)
    const tags = { tags: [{ name: 'climate' }], language: 'en' }
    const first = mastodon.post('Glaciers of the <a href="x">Alps</a> &amp; the sea', [climate], tags)
    const second = mastodon.post('A heat pump for grandmother', [climate], tags)
    await becomes(stream.name, [
      {
        title: 'Post by @ada',
        author: 'ada',
        text: 'Glaciers of the Alps & the sea',
        tags: ['climate'],
        language: 'en',
        url: first.url,
        createdAt: first.created_at,
      },
      { text: 'A heat pump for grandmother', url: second.url },
    ])
    expect(await found(fleet, 'glaciers alps')).toEqual([`${stream.name}:${first.id}`])
    const [document] = await documents(fleet, stream.name, 2)
    const { bytes } = await bytesBehind(fleet, document as NonNullable<typeof document>)
    expect(bytes.toString()).toContain('<a href=')
    mastodon.edit(first, 'Glaciers of the Andes')
    mastodon.delete(second)
    await becomes(stream.name, [{ text: 'Glaciers of the Andes' }])
    expect(await found(fleet, 'grandmother')).toEqual([])
    await stopped(stream.name)
  })

  test('what was posted while its worker was killed is fetched from the timeline: no gap', async () => {
    const config = { server: mastodon.url, transport: 'sse', streams: [{ type: 'hashtag', tag: 'sea' }], ...quick }
    const sea = ['hashtag', 'sea']
    await follow(fleet, { name: 'sea', adapter: 'mastodon', schedule: { continuous: true }, config, secrets: { token: mastodon.token } })
    await listened(sea)
    mastodon.post('One whale', [sea])
    await documents(fleet, 'sea', 1)
    await fleet.worker.end('SIGKILL')
    for (let n = 2; n <= 60; n += 1) mastodon.post(`Whale number ${n}`, [sea])
    await fleet.startWorker()
    await documents(fleet, 'sea', 60)
    await listened(sea)
    mastodon.post('The last whale', [sea])
    expect(await documents(fleet, 'sea', 61)).toHaveLength(61)
    await stopped('sea')
    expect(await gapsOf('sea')).toEqual([])
  })

  test.skipIf(!haveRecordedBodies())('a post as a real server sent it', async () => {
    const config = { server: mastodon.url, streams: [{ type: 'public' }], ...quick }
    await follow(fleet, { name: 'real', adapter: 'mastodon', schedule: { continuous: true }, config, secrets: { token: mastodon.token } })
    await listened(['public'])
    const { payload } = recorded<{ payload: string }>('mastodon/mastodon_gts_ws_update.json')
    mastodon.send(['public'], 'update', payload)
    await becomes('real', [{ id: (JSON.parse(payload) as { id: string }).id, language: 'en' }])
    expect(await found(fleet, '"hello query token"')).toHaveLength(1)
    await stopped('real')
  })
})

describe('Pyth, as prices are published', () => {
  test.each(['websocket', 'sse'])('over %s: the newest price of each feed, and what is missed is made good', async (transport) => {
    const before = hermes.connections
    const stream = await example('pyth-stream.json', { endpoint: hermes.url, transport, ...quick }, { key: hermes.token })
    const name = `${stream.name}-${transport}`
    await create(fleet, { ...stream, name })
    await fleet.api.post(`/v1/streams/${name}/start`)
    await eventually(() => hermes.connections > before && hermes.listeners.size === 1, { what: 'a listener', timeoutMs: 30_000 })
    const at = transport === 'sse' ? 100 : 0
    hermes.publish(priceOf(bitcoinFeed, 250_001, at + 1), priceOf(etherFeed, 500_000, at + 1))
    await becomes(name, [
      { title: 'Price of BTC in USD', symbol: 'BTC/USD', price: 1.250001, exactPrice: '1.250001', confidence: 0.000025 },
      { title: 'Price of ETH in USD', price: 1.5 },
    ])
    expect(await found(fleet, `"price of eth" ${etherFeed}`)).toEqual([])
    expect(await found(fleet, '"price of eth"')).toContain(`${name}:${etherFeed}`)
    const [document] = await documents(fleet, name, 2)
    await bytesBehind(fleet, document as NonNullable<typeof document>)
    hermes.cut()
    hermes.publish(priceOf(bitcoinFeed, 300_000, at + 2))
    await becomes(name, [{ base: 'BTC', price: 1.3 }, { base: 'ETH' }])
    await stopped(name)
    await eventually(() => hermes.listeners.size === 0, { what: 'the connection to be closed' })
  })
})

describe('what is pushed', () => {
  test('a signed webhook becomes a document, a second delivery changes nothing, and a wrong signature is refused', async () => {
    const stream = await example('push.json', {}, { signing_key: signingKey })
    await create(fleet, stream)
    await fleet.api.post('/v1/streams/issues/start')
    const push = async (body: object, delivery: string, key = signingKey) => {
      const text = JSON.stringify(body)
      const { statusCode, body: answer } = await request(new URL('/v1/ingest/issues', fleet.address), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'issues',
          'x-github-delivery': delivery,
          'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(text).digest('hex')}`,
        },
        body: text,
      })
      return { status: statusCode, answer: (await answer.json()) as Record<string, unknown> }
    }
    const opened = { action: 'opened', issue: { id: 7, title: 'The stop does not stop', state: 'open', html_url: 'https://x.example/7' } }
    expect((await push(opened, 'd-1', 'another key')).status).toBe(401)
    const first = await push(opened, 'd-1')
    expect(first.status).toBe(202)
    expect((await push(opened, 'd-1')).answer).toMatchObject({ resultId: first.answer.resultId })
    await becomes('issues', [{ title: 'The stop does not stop', state: 'open', url: 'https://x.example/7', event: 'issues' }])
    expect(await found(fleet, '"does not stop"')).toEqual(['issues:7'])
    const [document] = await documents(fleet, 'issues', 1)
    const { bytes } = await bytesBehind(fleet, document as NonNullable<typeof document>)
    expect(JSON.parse(bytes.toString())).toEqual(opened)
    expect((await push({ ...opened, action: 'deleted' }, 'd-2')).status).toBe(202)
    await becomes('issues', [])
  })
})

test('no token and no key is in the ledger, the queue, the objects or the logs', async () => {
  expect((await checkedNames()).length).toBeGreaterThan(0)
  await expectNowhere(fleet, [mastodon.token, hermes.token, signingKey])
})

/** A check uses the secrets in another process than the worker's. */
async function checkedNames(): Promise<readonly string[]> {
  const config = { endpoint: hermes.url, ids: [bitcoinFeed], ...quick }
  await create(fleet, { name: 'checked', adapter: 'pyth-stream', schedule: { continuous: true }, config, secrets: { key: hermes.token } })
  const publishing = setInterval(() => hermes.publish(priceOf(bitcoinFeed, 1, 1000)), 100)
  try {
    return (await checked(fleet, 'checked')).documents.map(({ id }) => id)
  } finally {
    clearInterval(publishing)
  }
}
