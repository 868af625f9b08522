import { sourceServer, type SourceServer } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fleet, startFleet } from '../e2e/fleet.ts'
import { expectFollowed, expectNowhere, type Followed, type Following, follow, newestRun } from './following.ts'
import { askedWith, expectRefused, type Refusal } from './refused.ts'
import { coin as geckoCoin, type CoingeckoKey, coingeckoApi, marketChart, markets, simplePrice } from './stand-ins/coingecko.ts'
import { coin as rankedCoin, type CoinrankingKey, coinrankingApi, coins, history, rapidApi } from './stand-ins/coinranking.ts'
import { iqairApi, losAngeles, monitor, monitorId, ranking, station } from './stand-ins/iqair.ts'

// What the sources say of one thing: a station, a monitor, a coin, its past. Each way to a source has its own limits for these as well.

const stack = new AsyncDisposableStack()
const names = ['iqair', 'demo', 'pro', 'direct', 'rapidapi'] as const
type Name = (typeof names)[number]
const servers = {} as Record<Name, SourceServer>
let fleet: Fleet

/** A key says what becomes of it, for each use of its own: nothing that was asked with another one is counted. */
const keyOf = (state: string, use: string): string => `0f-${state}-${use}-s3cret`
const used: string[] = []
const secretOf = (state: string, use: string) => {
  used.push(keyOf(state, use))
  return { key: keyOf(state, use) }
}

const uses = ['coin', 'past', 'absent', 'air'] as const
/** A key for each state and each use. */
const keysOf = <S extends string>(states: readonly S[]): ReadonlyMap<string, S> =>
  new Map(states.flatMap((state) => uses.map((use) => [keyOf(state, use), state] as const)))

const coingeckoStates: readonly CoingeckoKey[] = ['good', 'plan', 'limit', 'limitInside200', 'nested']
const coinrankingStates: readonly CoinrankingKey[] = ['good', 'burst', 'quota']
const air = { body: losAngeles, station, ranking }

beforeAll(async () => {
  for (const name of names) servers[name] = stack.use(await sourceServer())
  const gecko = { markets, simplePrice, coin: geckoCoin, marketChart }
  const ranked = { coins, coin: rankedCoin, history }
  servers.iqair.play(iqairApi(new Map([[keyOf('good', 'air'), air]]), { [monitorId]: monitor }))
  servers.demo.play(coingeckoApi('demo', keysOf(coingeckoStates), new Set(), gecko))
  servers.pro.play(coingeckoApi('pro', keysOf(coingeckoStates), new Set(), gecko))
  servers.direct.play(coinrankingApi(keysOf(coinrankingStates), ranked))
  servers.rapidapi.play(rapidApi(keysOf(coinrankingStates), ranked, 2))
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

const endpoint = (name: Name): string =>
  `${servers[name].url}${{ iqair: '/v2', demo: '/api/v3', pro: '/api/v3', direct: '/v2', rapidapi: '' }[name]}`
const bitcoin = 'Qwsogvtv82FCd'
const dollar = 'yhjMzLPhuIDl'

interface Case {
  readonly from: Name
  readonly config: object
  readonly transform?: object
  readonly sent: unknown
  readonly golden: Followed['golden']
  readonly searches: Followed['searches']
}

const airOf = (title: string) => ({
  fields: { title: { template: title }, aqi: 'current.pollution.aqius', measuredAt: 'current.pollution.ts' },
})

const cases: Readonly<Record<string, Case>> = {
  'station-air': {
    from: 'iqair',
    config: { resource: 'station', station: 'Reseda', city: 'Los Angeles', state: 'California', country: 'USA' },
    transform: airOf('Air at {{name}}, {{city}}'),
    sent: station,
    golden: {
      'station-air:USA:California:Los Angeles:Reseda': {
        title: 'Air at Reseda, Los Angeles',
        aqi: 71,
        measuredAt: '2026-03-01T10:00:00.000Z',
      },
    },
    searches: { '"air at reseda"': ['station-air:USA:California:Los Angeles:Reseda'] },
  },
  'station-near': {
    from: 'iqair',
    config: { resource: 'nearest_station', lat: 34.2, lon: -118.5 },
    transform: airOf('Near here: {{name}}'),
    sent: station,
    golden: {
      'station-near:USA:California:Los Angeles:Reseda': { title: 'Near here: Reseda', aqi: 71, measuredAt: '2026-03-01T10:00:00.000Z' },
    },
    searches: { '"near here"': ['station-near:USA:California:Los Angeles:Reseda'] },
  },
  'air-ranks': {
    from: 'iqair',
    config: { resource: 'city_ranking' },
    sent: ranking,
    golden: {
      'air-ranks:USA:Oregon:Portland': {
        rank: 1,
        city: 'Portland',
        state: 'Oregon',
        country: 'USA',
        ranking: { current_aqi: 183, current_aqi_cn: 154 },
      },
      'air-ranks:South Africa:KwaZulu-Natal:Richards Bay': expect.objectContaining({ rank: 2, city: 'Richards Bay' }),
    },
    searches: { 'portland oregon': ['air-ranks:USA:Oregon:Portland'] },
  },
  'balcony-air': {
    from: 'iqair',
    config: { resource: 'node', id: monitorId },
    transform: { fields: { title: { template: 'Air on the {{name}}' }, co2: 'current.co2', pm25: 'current.pm25.conc', at: 'current.ts' } },
    sent: monitor,
    golden: {
      [`balcony-air:${monitorId}`]: { title: 'Air on the Balcony in Reseda', co2: 421, pm25: 8.2, at: '2026-03-01T10:13:00.000Z' },
    },
    searches: { balcony: [`balcony-air:${monitorId}`] },
  },
  'coin-demo': {
    from: 'demo',
    config: { resource: 'coin', id: 'bitcoin', currency: 'eur' },
    transform: {
      fields: {
        title: { template: '{{name}} ({{symbol}})' },
        text: 'description',
        price: 'price',
        exactPrice: 'price_text',
        marketCap: 'market_cap',
        homepage: 'homepage',
        pricedAt: 'time',
      },
    },
    sent: geckoCoin,
    golden: {
      'coin-demo:bitcoin:eur': {
        title: 'Bitcoin (btc)',
        text: 'Bitcoin is the first successful internet money based on peer-to-peer technology.',
        price: 65912.1,
        exactPrice: '65912.1',
        marketCap: 1320345678901,
        homepage: 'https://bitcoin.example.org',
        pricedAt: '2026-03-01T10:00:00.000Z',
      },
    },
    searches: { '"internet money"': ['coin-demo:bitcoin:eur'] },
  },
  'past-pro': {
    from: 'pro',
    config: { resource: 'market_chart', plan: 'pro', id: 'bitcoin', days: 1, interval: '5m' },
    sent: marketChart,
    golden: {
      'past-pro:bitcoin:usd:2026-03-01T10%3A00%3A00.000Z': {
        id: 'bitcoin',
        currency: 'usd',
        time: '2026-03-01T10:00:00.000Z',
        price: 77953.82550382407,
        price_text: '77953.82550382407',
        market_cap: 1560631481361.8,
        total_volume: 18688431751.8,
      },
      'past-pro:bitcoin:usd:2026-03-01T10%3A10%3A00.000Z': expect.objectContaining({ price_text: '78052.875', total_volume: null }),
    },
    searches: { '77953.82550382407': ['past-pro:bitcoin:usd:2026-03-01T10%3A00%3A00.000Z'] },
  },
  ...rankedBy('direct', 'Own host'),
  ...rankedBy('rapidapi', 'RapidAPI'),
}

/** The same of Coinranking by both ways to it. */
function rankedBy(from: 'direct' | 'rapidapi', by: string): Record<string, Case> {
  const [one, past] = [`ranked-${from}`, `history-${from}`]
  return {
    [one]: {
      from,
      config: { resource: 'coin', access: from, uuid: bitcoin },
      transform: {
        fields: {
          title: { template: `${by}: {{name}} ({{symbol}})` },
          text: 'description',
          exactPrice: 'price_text',
          highest: 'all_time_high_text',
          supply: 'circulating_supply',
          pricedAt: 'time',
        },
      },
      sent: rankedCoin,
      golden: {
        [`${one}:${bitcoin}:${dollar}`]: {
          title: `${by}: Bitcoin (BTC)`,
          text: 'Bitcoin is the first decentralized digital currency.',
          exactPrice: '59210.39291248964',
          highest: '126080.123456789012345678',
          supply: 19755662,
          pricedAt: '2026-03-01T10:00:00.000Z',
        },
      },
      searches: { [`"${by}" decentralized`]: [`${one}:${bitcoin}:${dollar}`] },
    },
    [past]: {
      from,
      config: { resource: 'history', access: from, uuid: bitcoin, timePeriod: '1h' },
      sent: history,
      golden: {
        // A time without a price is no document.
        [`${past}:${bitcoin}:${dollar}:2026-03-01T10%3A00%3A00.000Z`]: expect.objectContaining({ price_text: '59210.39291248964' }),
        [`${past}:${bitcoin}:${dollar}:2026-03-01T09%3A50%3A00.000Z`]: {
          id: bitcoin,
          reference_currency: dollar,
          time: '2026-03-01T09:50:00.000Z',
          price: 59151.69,
          price_text: '59151.690000000000000001',
        },
      },
      searches: {},
    },
  }
}

const adapters: Readonly<Record<Name, string>> = {
  iqair: 'iqair',
  demo: 'coingecko',
  pro: 'coingecko',
  direct: 'coinranking',
  rapidapi: 'coinranking',
}

const streamOf = (name: string, from: Name, config: object, state: string, use: string): Following => ({
  name,
  adapter: adapters[from],
  config: { ...config, endpoint: endpoint(from) },
  secrets: secretOf(state, use),
})

test.each(Object.entries(cases))(
  '%s: checked, started, found, and traced to its bytes',
  async (name, { from, config, transform, sent, golden, searches }) => {
    const use = from === 'iqair' ? 'air' : 'coin'
    const plain = streamOf(name, from, config, 'good', use)
    const node = (config as { resource: string }).resource === 'node'
    const stream = {
      ...plain,
      ...(transform === undefined ? {} : { transform }),
      // A monitor is below its own address, and asked without a key.
      ...(node ? { config: { ...config, endpoint: `${endpoint(from)}/node` }, secrets: {} } : {}),
    }
    await expectFollowed(fleet, { server: servers[from], stream, sent, golden, searches })
  },
)

describe('CoinGecko refuses', () => {
  const resources = {
    coin: { resource: 'coin', id: 'bitcoin' },
    past: { resource: 'market_chart', id: 'bitcoin', days: 7 },
  }
  const refusals: readonly (readonly [CoingeckoKey, Refusal])[] = [
    ['plan', { state: 'failed', code: 'auth_failed', upstreamCode: '10005' }],
    ['nested', { state: 'failed', code: 'auth_failed', upstreamCode: '10005' }],
    ['limit', { state: 'waiting', code: 'rate_limited', upstreamCode: '429', waitMs: 119_000 }],
    ['limitInside200', { state: 'waiting', code: 'rate_limited', upstreamCode: '429', waitMs: 60_000 }],
  ]
  const each = (['demo', 'pro'] as const).flatMap((plan) =>
    (['coin', 'past'] as const).flatMap((use) => refusals.map(([state, refusal]) => [plan, use, state, refusal] as const)),
  )

  test.each(each)('%s, %s: %s', async (plan, use, state, refusal) => {
    const name = `gecko-${plan}-${use}-${state.toLowerCase()}`
    await follow(fleet, streamOf(name, plan, { ...resources[use], plan }, state, use))
    await expectRefused(fleet, name, refusal, askedWith(servers[plan], keyOf(state, use)))
  })

  test.each(['coin', 'past'] as const)('%s of a coin that there is not', async (use) => {
    const name = `gecko-no-${use}`
    await follow(fleet, streamOf(name, 'demo', { ...resources[use], id: 'bitconi' }, 'good', 'absent'))
    const asked = () =>
      servers.demo.requests.filter(
        ({ path }) => path.startsWith('/api/v3/coins/bitconi') && path.includes('market_chart') === (use === 'past'),
      ).length
    await expectRefused(fleet, name, { state: 'failed', code: 'source_not_found' }, asked)
  })
})

describe('Coinranking refuses', () => {
  const resources = {
    coin: { resource: 'coin', uuid: bitcoin },
    past: { resource: 'history', uuid: bitcoin, timePeriod: '24h' },
  }
  const both = ['coin', 'past'] as const

  test.each(both)('%s: a key that is none, at its own host', async (use) => {
    const name = `ranks-nobody-${use}`
    await follow(fleet, streamOf(name, 'direct', resources[use], 'nobody', use))
    const refusal = { state: 'failed', code: 'auth_failed', upstreamCode: 'AUTHORIZATION_REQUIRED' } as const
    await expectRefused(fleet, name, refusal, askedWith(servers.direct, keyOf('nobody', use)))
  })

  test.each(both)('%s: a key without a subscription', async (use) => {
    const name = `ranks-unsubscribed-${use}`
    await follow(fleet, streamOf(name, 'rapidapi', { ...resources[use], access: 'rapidapi' }, 'nobody', use))
    await expectRefused(fleet, name, { state: 'failed', code: 'auth_failed' }, askedWith(servers.rapidapi, keyOf('nobody', use)))
  })

  test.each(both)('%s: the quota of the month is no limit to wait for', async (use) => {
    const name = `ranks-quota-${use}`
    await follow(fleet, streamOf(name, 'rapidapi', { ...resources[use], access: 'rapidapi' }, 'quota', use))
    const run = await expectRefused(
      fleet,
      name,
      { state: 'failed', code: 'quota_exhausted' },
      askedWith(servers.rapidapi, keyOf('quota', use)),
    )
    expect(run.error?.message).toContain('500 requests of the plan are used up, for 14 days')
  })

  test.each(both)('%s: a burst is waited for', async (use) => {
    const name = `ranks-burst-${use}`
    await follow(fleet, streamOf(name, 'rapidapi', { ...resources[use], access: 'rapidapi' }, 'burst', use))
    const run = await newestRun(fleet, name, ({ state }) => state === 'succeeded', 'succeeds')
    expect(run).toMatchObject({ attempt: 1, documents: use === 'coin' ? 1 : 2, error: null })
    expect(askedWith(servers.rapidapi, keyOf('burst', use))()).toBe(3)
  })

  test.each(['direct', 'rapidapi'] as const)('a coin that there is not, %s', async (from) => {
    const name = `ranks-absent-${from}`
    await follow(fleet, streamOf(name, from, { ...resources.coin, access: from, uuid: 'nobody' }, 'good', 'absent'))
    const refusal = { state: 'failed', code: 'source_not_found', upstreamCode: 'COIN_NOT_FOUND' } as const
    await expectRefused(fleet, name, refusal, askedWith(servers[from], keyOf('good', 'absent')))
  })
})

test('no key is in the ledger, the queue, the objects or the logs', async () => {
  expect(used.length).toBeGreaterThan(30)
  await expectNowhere(fleet, [...new Set(used)])
})
