import { sourceServer, type SourceServer } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fleet, startFleet } from '../e2e/fleet.ts'
import { create, expectNowhere, follow, newestRun } from './following.ts'
import { askedWith, expectRefused, type Refusal, settled } from './refused.ts'
import { type CoingeckoKey, coingeckoApi, markets, simplePrice } from './stand-ins/coingecko.ts'
import { coins, coinrankingApi, rapidApi } from './stand-ins/coinranking.ts'
import { iqairApi, iqairFailures, losAngeles } from './stand-ins/iqair.ts'
import { bitcoinFeed, hermes, latestPrice, priceFeeds } from './stand-ins/pyth.ts'

const stack = new AsyncDisposableStack()
const names = ['iqair', 'demo', 'pro', 'coinranking', 'rapidApi', 'pyth'] as const
const servers = {} as Record<(typeof names)[number], SourceServer>
let fleet: Fleet

/** Keys are named for what they bring about; the name of a failure is not a secret, so there is more to a key. */
const keyOf = (what: string): string => `0f-${what.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}-s3cret`
const used: string[] = []
const secretKey = (what: string) => {
  used.push(keyOf(what))
  return { key: keyOf(what) }
}

beforeAll(async () => {
  for (const name of names) servers[name] = stack.use(await sourceServer())
  servers.iqair.play(iqairApi(new Map(Object.keys(iqairFailures).map((name) => [keyOf(name), name as keyof typeof iqairFailures]))))
  const kinds: readonly CoingeckoKey[] = ['good', 'plan', 'limit', 'limitInside200', 'nested']
  const coingeckoKeys = new Map(kinds.map((kind) => [keyOf(kind), kind]))
  servers.demo.play(coingeckoApi('demo', coingeckoKeys, new Set([keyOf('ofPro')]), { markets, simplePrice }))
  servers.pro.play(coingeckoApi('pro', coingeckoKeys, new Set([keyOf('ofDemo')]), { markets, simplePrice }))
  servers.coinranking.play(coinrankingApi(new Map(), { coins }))
  servers.rapidApi.play(
    rapidApi(
      new Map([
        [keyOf('burst'), 'burst'],
        [keyOf('quota'), 'quota'],
        [keyOf('good'), 'good'],
      ]),
      { coins },
      2,
    ),
  )
  servers.pyth.play(hermes(new Set([keyOf('good')]), { latest: latestPrice, feeds: priceFeeds }, new Set([bitcoinFeed])))
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

describe('IQAir', () => {
  const refusals: Readonly<Record<keyof typeof iqairFailures, Refusal>> = {
    city_not_found: { state: 'failed', code: 'source_not_found' },
    incorrect_api_key: { state: 'failed', code: 'auth_failed' },
    api_key_expired: { state: 'failed', code: 'auth_failed' },
    Forbidden: { state: 'failed', code: 'auth_failed' },
    permission_denied: { state: 'failed', code: 'auth_failed' },
    'Payment Required': { state: 'failed', code: 'auth_failed' },
    no_nearest_station: { state: 'failed', code: 'source_not_found' },
    call_limit_reached: { state: 'waiting', code: 'rate_limited', waitMs: 60_000 },
    too_many_requests: { state: 'waiting', code: 'rate_limited', waitMs: 1000 },
    call_per_day_limit_reached: { state: 'failed', code: 'quota_exhausted' },
    call_per_month_limit_reached: { state: 'failed', code: 'quota_exhausted' },
  }
  const config = () => ({ resource: 'nearest_city', lat: 34, lon: -118, endpoint: `${servers.iqair.url}/v2` })

  test.each(Object.entries(refusals))('%s', async (failure, refusal) => {
    const name = `iqair-${failure.replace(' ', '-')}`
    await follow(fleet, { name, adapter: 'iqair', config: config(), secrets: secretKey(failure) })
    await expectRefused(fleet, name, { ...refusal, upstreamCode: failure }, askedWith(servers.iqair, keyOf(failure)))
  })

  test('a monitor that is not published', async () => {
    const node = { resource: 'node', id: 'nobody', endpoint: `${servers.iqair.url}/v2/node` }
    await follow(fleet, { name: 'iqair-monitor', adapter: 'iqair', config: node })
    const asked = () => servers.iqair.requests.filter(({ path }) => path === '/v2/node/nobody').length
    await expectRefused(fleet, 'iqair-monitor', { state: 'failed', code: 'source_not_found', upstreamCode: 'device_not_found' }, asked)
  })

  test('a wrong key is said by the check already', async () => {
    await create(fleet, { name: 'iqair-checked', adapter: 'iqair', config: config(), secrets: secretKey('nobody') })
    const answer = await fleet.api.call('POST', '/v1/streams/iqair-checked/check')
    expect(answer.body).toMatchObject({ code: 'auth_failed' })
    expect(answer.text).toContain('incorrect_api_key')
    expect(answer.text).not.toContain(keyOf('nobody'))
  })

  test('a limit that is over lets the run go on, with the attempt it had', async () => {
    const key = secretKey('two a second')
    let asked = 0
    await using server = await sourceServer(({ query }) => {
      asked += 1
      if (asked <= 2) return { status: 429, body: { status: 'fail', data: { message: 'too_many_requests' } } }
      return iqairApi(new Map([[key.key, { body: losAngeles }]]))({ path: '/v2/nearest_city?', query } as Parameters<
        ReturnType<typeof iqairApi>
      >[0])
    })
    await follow(fleet, { name: 'iqair-goes-on', adapter: 'iqair', config: { ...config(), endpoint: `${server.url}/v2` }, secrets: key })
    const run = await newestRun(fleet, 'iqair-goes-on', ({ state }) => state === 'succeeded', 'succeeds')
    expect(run).toMatchObject({ attempt: 1, documents: 1, error: null })
    expect(asked).toBe(3)
  })
})

describe('CoinGecko', () => {
  const refusals: readonly (readonly [string, string, 'demo' | 'pro', Refusal])[] = [
    ['ofPro', 'a key of a pro plan on the demo host', 'demo', { state: 'failed', code: 'auth_failed', upstreamCode: '10010' }],
    ['ofDemo', 'a key of a demo plan on the pro host', 'pro', { state: 'failed', code: 'auth_failed', upstreamCode: '10011' }],
    ['unknown', 'no key at all, as CoinGecko sees it', 'demo', { state: 'failed', code: 'auth_failed', upstreamCode: '10002' }],
    ['plan', 'a plan that does not include it', 'demo', { state: 'failed', code: 'auth_failed', upstreamCode: '10005' }],
    ['nested', 'the same below `error`', 'pro', { state: 'failed', code: 'auth_failed', upstreamCode: '10005' }],
    ['limit', '429 with Retry-After', 'demo', { state: 'waiting', code: 'rate_limited', upstreamCode: '429', waitMs: 119_000 }],
    ['limitInside200', '429 inside a 200', 'demo', { state: 'waiting', code: 'rate_limited', upstreamCode: '429', waitMs: 60_000 }],
  ]

  test.each(refusals)('%s: %s', async (key, _what, plan, refusal) => {
    const name = `coingecko-${key}`
    const config = { resource: 'simple_price', plan, ids: ['bitcoin'], endpoint: `${servers[plan].url}/api/v3` }
    await follow(fleet, { name, adapter: 'coingecko', config, secrets: secretKey(key) })
    await expectRefused(fleet, name, refusal, askedWith(servers[plan], keyOf(key)))
  })

  test('a coin that it does not know, left out of a success and as 404', async () => {
    const endpoint = `${servers.demo.url}/api/v3`
    for (const [name, config] of Object.entries({
      'no-such-price': { resource: 'simple_price', ids: ['bitconi'], endpoint },
      'no-such-coin': { resource: 'coin', id: 'bitconi', endpoint },
    })) {
      await follow(fleet, { name, adapter: 'coingecko', config, secrets: secretKey('good') })
      expect(await settled(fleet, name)).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'source_not_found' } })
    }
  })
})

describe('Coinranking', () => {
  const rapid = () => ({ resource: 'coins', access: 'rapidapi', endpoint: servers.rapidApi.url })

  test('a key that is none, at its own host', async () => {
    const config = { resource: 'coins', endpoint: `${servers.coinranking.url}/v2` }
    await follow(fleet, { name: 'ranks-refused', adapter: 'coinranking', config, secrets: secretKey('of nobody') })
    const refusal = { state: 'failed', code: 'auth_failed', upstreamCode: 'AUTHORIZATION_REQUIRED' } as const
    await expectRefused(fleet, 'ranks-refused', refusal, askedWith(servers.coinranking, keyOf('of nobody')))
  })

  test('a key without a subscription, over RapidAPI', async () => {
    await follow(fleet, { name: 'rapid-refused', adapter: 'coinranking', config: rapid(), secrets: secretKey('not subscribed') })
    const run = await expectRefused(
      fleet,
      'rapid-refused',
      { state: 'failed', code: 'auth_failed' },
      askedWith(servers.rapidApi, keyOf('not subscribed')),
    )
    expect(run.error?.message).toContain('subscribed')
  })

  test('the quota of the month fails the run, and says for how long', async () => {
    await follow(fleet, { name: 'rapid-quota', adapter: 'coinranking', config: rapid(), secrets: secretKey('quota') })
    const run = await expectRefused(
      fleet,
      'rapid-quota',
      { state: 'failed', code: 'quota_exhausted' },
      askedWith(servers.rapidApi, keyOf('quota')),
    )
    expect(run.error?.message).toContain('500 requests of the plan are used up, for 14 days')
  })

  test('a burst is waited for, and then the run succeeds with the attempt it had', async () => {
    await follow(fleet, { name: 'rapid-burst', adapter: 'coinranking', config: rapid(), secrets: secretKey('burst') })
    expect(await newestRun(fleet, 'rapid-burst', ({ state }) => state === 'waiting', 'waits')).toMatchObject({
      error: { code: 'rate_limited' },
      attempt: 0,
    })
    expect(await newestRun(fleet, 'rapid-burst', ({ state }) => state === 'succeeded', 'succeeds')).toMatchObject({
      attempt: 1,
      documents: 2,
      error: null,
    })
    expect(askedWith(servers.rapidApi, keyOf('burst'))()).toBe(3)
  })
})

describe('Pyth', () => {
  test('401 without a token that it knows', async () => {
    const config = { resource: 'prices', ids: [bitcoinFeed], endpoint: servers.pyth.url }
    await follow(fleet, { name: 'pyth-refused', adapter: 'pyth', config, secrets: secretKey('old token') })
    await expectRefused(fleet, 'pyth-refused', { state: 'failed', code: 'auth_failed' }, askedWith(servers.pyth, keyOf('old token')))
  })

  test('404 as plain text, with the id that is no feed', async () => {
    const unknown = 'ab'.repeat(32)
    const config = { resource: 'prices', ids: [bitcoinFeed, `0x${unknown.toUpperCase()}`], endpoint: servers.pyth.url }
    await follow(fleet, { name: 'pyth-unknown', adapter: 'pyth', config, secrets: secretKey('good') })
    const run = await settled(fleet, 'pyth-unknown')
    expect(run).toMatchObject({ state: 'failed', error: { code: 'source_not_found' } })
    expect(run.error?.message).toContain(unknown)
    const answer = await fleet.api.call('POST', '/v1/streams/pyth-unknown/check')
    expect(answer.body).toMatchObject({ errors: [{ field: 'config.ids.1' }] })
  })
})

test('no key that was refused is in the ledger, the objects or the logs', async () => {
  // One run that stores something, so that there are objects to look at.
  const config = { resource: 'coins', access: 'rapidapi', endpoint: servers.rapidApi.url }
  await follow(fleet, { name: 'rapid-good', adapter: 'coinranking', config, secrets: secretKey('good') })
  await newestRun(fleet, 'rapid-good', ({ state }) => state === 'succeeded', 'succeeds')
  expect(used.length).toBeGreaterThan(20)
  await expectNowhere(fleet, used)
})
