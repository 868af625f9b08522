import { type Answer, type RecordedRequest, sourceServer, type SourceServer } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fleet, runEnds, startFleet } from '../e2e/fleet.ts'
import { documents, example, expectFollowed, expectNowhere, type Followed, type Following, follow } from './following.ts'
import { haveRecordedBodies, recorded } from './payloads.ts'
import { coingeckoApi, markets, simplePrice } from './stand-ins/coingecko.ts'
import { coins, coinrankingApi, rapidApi } from './stand-ins/coinranking.ts'
import { colorado, iqairApi, losAngeles } from './stand-ins/iqair.ts'
import { bitcoinFeed, hermes, latestPrice, priceFeeds } from './stand-ins/pyth.ts'

const names = ['iqair', 'coingeckoDemo', 'coingeckoPro', 'coinranking', 'rapidApi', 'pyth'] as const
type Name = (typeof names)[number]

/** No two sources have the same key, and none is part of anything else. */
const keys = Object.fromEntries(names.map((name) => [name, `k3y/of+${name}=that-nobody-sees`])) as Record<Name, string>
const stack = new AsyncDisposableStack()
const servers = {} as Record<Name, SourceServer>
let fleet: Fleet

interface Bodies {
  readonly city: unknown
  readonly cities: unknown
  readonly countries?: unknown
  readonly states?: unknown
  readonly stations?: unknown
  readonly markets: unknown
  readonly simplePrice: unknown
  readonly coins: unknown
  readonly latest: unknown
  readonly feeds: unknown
}

function apis(bodies: Bodies): Record<Name, (request: RecordedRequest) => Answer> {
  const good = (name: Name) => new Map([[keys[name], 'good']] as const)
  return {
    iqair: iqairApi(new Map([[keys.iqair, { body: bodies.city, ...bodies }]])),
    coingeckoDemo: coingeckoApi('demo', good('coingeckoDemo'), new Set([keys.coingeckoPro]), bodies),
    coingeckoPro: coingeckoApi('pro', good('coingeckoPro'), new Set([keys.coingeckoDemo]), bodies),
    coinranking: coinrankingApi(good('coinranking'), bodies),
    rapidApi: rapidApi(good('rapidApi'), bodies, 0),
    pyth: hermes(new Set([keys.pyth]), bodies, new Set([bitcoinFeed])),
  }
}

const own: Bodies = { city: losAngeles, cities: colorado, markets, simplePrice, coins, latest: latestPrice, feeds: priceFeeds }

function play(bodies: Bodies): void {
  const playing = apis(bodies)
  for (const name of names) servers[name].play(playing[name])
}

beforeAll(async () => {
  for (const name of names) servers[name] = stack.use(await sourceServer())
  play(own)
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

interface Case {
  readonly source: Name
  stream(): Promise<Following> | Following
  readonly sent: unknown
  readonly golden: Followed['golden']
  readonly searches: Followed['searches']
}

const at = (name: Name, path = '') => ({ endpoint: `${servers[name].url}${path}` })

const cases: readonly Case[] = [
  {
    source: 'iqair',
    stream: async () => await example('iqair.json', at('iqair', '/v2'), { key: keys.iqair }),
    sent: own.city,
    golden: {
      'los-angeles-air:USA:California:Los Angeles': {
        title: 'Air quality in Los Angeles, California, USA',
        city: 'Los Angeles',
        state: 'California',
        country: 'USA',
        aqi: 66,
        mainPollutant: 'p2',
        temperature: 25,
        humidity: 60,
        wind: 4.6,
        coordinates: [-118.2417, 34.0669],
        measuredAt: '2026-03-01T10:00:00.000Z',
      },
    },
    searches: { '"air quality" angeles': ['los-angeles-air:USA:California:Los Angeles'] },
  },
  {
    source: 'iqair',
    stream: () => ({
      name: 'cities',
      adapter: 'iqair',
      config: { resource: 'cities', state: 'Colorado', country: 'USA', ...at('iqair', '/v2') },
      secrets: { key: keys.iqair },
    }),
    sent: own.cities,
    golden: {
      'cities:USA:Colorado:Boulder': { city: 'Boulder', state: 'Colorado', country: 'USA' },
      'cities:USA:Colorado:Colorado Springs': { city: 'Colorado Springs', state: 'Colorado', country: 'USA' },
    },
    searches: { springs: ['cities:USA:Colorado:Colorado Springs'] },
  },
  {
    source: 'coingeckoDemo',
    stream: async () => await example('coingecko.json', at('coingeckoDemo', '/api/v3'), { key: keys.coingeckoDemo }),
    sent: own.markets,
    golden: {
      'coin-markets:bitcoin:usd': {
        title: 'Bitcoin (btc) price in usd',
        name: 'Bitcoin',
        symbol: 'btc',
        currency: 'usd',
        price: 77671.25,
        exactPrice: '77671.25',
        rank: 1,
        marketCap: 1555886872303,
        volume: 33235034316,
        change24h: -0.95302,
        image: 'https://coin-images.example.com/bitcoin.png',
        pricedAt: '2026-03-01T10:00:00.000Z',
      },
      'coin-markets:ethereum:usd': expect.objectContaining({ title: 'Ethereum (eth) price in usd', price: 2013.5 }),
    },
    searches: { 'ethereum usd': ['coin-markets:ethereum:usd'], 'bitcoin price usd': ['coin-markets:bitcoin:usd'] },
  },
  {
    source: 'coingeckoPro',
    stream: () => ({
      name: 'pro-prices',
      adapter: 'coingecko',
      config: { resource: 'simple_price', plan: 'pro', ids: ['bitcoin'], ...at('coingeckoPro', '/api/v3') },
      secrets: { key: keys.coingeckoPro },
    }),
    sent: own.simplePrice,
    golden: {
      'pro-prices:bitcoin:usd': {
        id: 'bitcoin',
        currency: 'usd',
        price: 76975,
        price_text: '76975',
        time: '2026-03-01T10:00:00.000Z',
        market_cap: 1542226908349.84,
        total_volume: 29096603418.9,
        price_change_percentage_24h: -1.4,
      },
    },
    searches: { 'bitcoin 76975': ['pro-prices:bitcoin:usd'] },
  },
  {
    source: 'coinranking',
    stream: async () => await example('coinranking.json', at('coinranking', '/v2'), { key: keys.coinranking }),
    sent: own.coins,
    golden: {
      'coin-ranks:Qwsogvtv82FCd:yhjMzLPhuIDl': {
        title: 'Bitcoin (BTC) price in US dollars',
        name: 'Bitcoin',
        symbol: 'BTC',
        rank: 1,
        price: 59210.39291248964,
        exactPrice: '59210.39291248964',
        marketCap: 1169717358003,
        volume: 23999780257,
        change24h: 1.05,
        url: 'https://coinranking.com/coin/Qwsogvtv82FCd+bitcoin-btc',
        listedAt: '2012-02-26T00:00:00.000Z',
      },
      // Every digit of the source is there, more than a double has.
      'coin-ranks:razxDUgYGNAdQ:yhjMzLPhuIDl': expect.objectContaining({
        title: 'Ethereum (ETH) price in US dollars',
        exactPrice: '2013.500000000000000001',
      }),
    },
    searches: { 'bitcoin price 59210.39291248964': ['coin-ranks:Qwsogvtv82FCd:yhjMzLPhuIDl'] },
  },
  {
    source: 'rapidApi',
    stream: () => ({
      name: 'rapid-ranks',
      adapter: 'coinranking',
      config: { resource: 'coins', access: 'rapidapi', symbols: ['BTC', 'ETH'], ...at('rapidApi') },
      secrets: { key: keys.rapidApi },
    }),
    sent: own.coins,
    golden: {
      'rapid-ranks:Qwsogvtv82FCd:yhjMzLPhuIDl': expect.objectContaining({ name: 'Bitcoin', symbol: 'BTC', price: 59210.39291248964 }),
      'rapid-ranks:razxDUgYGNAdQ:yhjMzLPhuIDl': expect.objectContaining({ name: 'Ethereum', symbol: 'ETH' }),
    },
    searches: { 'ethereum razxDUgYGNAdQ': ['rapid-ranks:razxDUgYGNAdQ:yhjMzLPhuIDl'] },
  },
  {
    source: 'pyth',
    stream: async () => await example('pyth.json', at('pyth'), { key: keys.pyth }),
    sent: own.latest,
    golden: {
      [`bitcoin-oracle:${bitcoinFeed}`]: {
        title: 'Bitcoin price: BTC in USD',
        symbol: 'BTC/USD',
        base: 'BTC',
        quote: 'USD',
        price: 61409.93501,
        exactPrice: '61409.93501',
        confidence: 32.87868567,
        publishedAt: '2026-03-01T10:13:20.000Z',
      },
    },
    searches: { '"bitcoin price"': [`bitcoin-oracle:${bitcoinFeed}`], 'BTC/USD': [`bitcoin-oracle:${bitcoinFeed}`] },
  },
]

describe('a source that is asked', () => {
  test.each(cases)('$source: checked, started, found, and traced to its bytes', async ({ source, stream, sent, golden, searches }) => {
    await expectFollowed(fleet, { server: servers[source], stream: await stream(), sent, golden, searches })
  })

  test('no key is in the ledger, the queue, the objects or the logs', async () => {
    for (const name of names) expect(servers[name].requests.length).toBeGreaterThan(0)
    await expectNowhere(fleet, Object.values(keys))
    await expect(expectNowhere(fleet, ['los-angeles-air'])).rejects.toThrow('los-angeles-air is in the table')
    await expect(expectNowhere(fleet, ['California'])).rejects.toThrow('California is in')
  })
})

const beijing = { resource: 'stations', city: 'Beijing', state: 'Beijing', country: 'China' } as const

describe.skipIf(!haveRecordedBodies())('the bodies that the sources really sent', () => {
  test.each([
    ['iqair', { resource: 'city', city: 'Los Angeles', state: 'California', country: 'USA' }, '/v2', 'key', { city: 'Los Angeles' }],
    ['iqair', { resource: 'cities', state: 'Colorado', country: 'USA' }, '/v2', 'key', { city: 'Denver', state: 'Colorado' }],
    ['iqair', { resource: 'countries' }, '/v2', 'key', { country: 'Bosnia Herzegovina' }],
    ['iqair', { resource: 'states', country: 'Australia' }, '/v2', 'key', { state: 'New South Wales', country: 'Australia' }],
    ['iqair', beijing, '/v2', 'key', { station: 'Botanical Garden', city: 'Beijing', state: 'Beijing', country: 'China' }],
    ['coingeckoDemo', { resource: 'markets', ids: ['bitcoin'] }, '/api/v3', 'key', { name: 'Bitcoin', price: 77671 }],
    ['coingeckoPro', { resource: 'simple_price', plan: 'pro', ids: ['bitcoin'] }, '/api/v3', 'key', { id: 'bitcoin', price: 76975 }],
    ['coinranking', { resource: 'coins', pageSize: 1, maxPages: 1 }, '/v2', 'key', { name: 'Bitcoin', price_text: '59210.39291248964' }],
    ['pyth', { resource: 'feeds', query: 'btc' }, '', 'key', { name: 'BITCOIN / US DOLLAR', symbol: 'BTC/USD' }],
    ['pyth', { resource: 'prices', ids: [bitcoinFeed] }, '', 'key', { id: bitcoinFeed, exponent: -8 }],
  ] as const)('%s %o', async (source, config, path, secret, fields) => {
    play({
      city: recorded('iqair/city_response.json'),
      countries: recorded('iqair/countries_response.json'),
      states: recorded('iqair/states_response.json'),
      cities: recorded('iqair/cities_response.json'),
      stations: recorded('iqair/stations_response.json'),
      markets: recorded('coingecko/demo_coins_markets.json'),
      simplePrice: recorded('coingecko/pro_simple_price.json'),
      coins: recorded('coinranking/v2_coins.json'),
      latest: recorded('pyth/hermes_v2_updates_price_latest.json'),
      feeds: recorded('pyth/hermes_v2_price_feeds.json'),
    })
    const name = `recorded-${source}-${config.resource}`
    const adapter = { coingeckoDemo: 'coingecko', coingeckoPro: 'coingecko', rapidApi: 'coinranking' }[source as string] ?? source
    await follow(fleet, { name, adapter, config: { ...config, ...at(source, path) }, secrets: { [secret]: keys[source] } })
    expect(await runEnds(fleet.api, name, ['succeeded', 'partial', 'failed'])).toMatchObject({ state: 'succeeded', error: null })
    const made = await documents(fleet, name, 1)
    expect(made.some((document) => Object.entries(fields).every(([field, value]) => document.fields[field] === value))).toBe(true)
  })
})
