import type { Answer, RecordedRequest } from '@data-weaver/testkit'

const bitcoin = {
  uuid: 'Qwsogvtv82FCd',
  symbol: 'BTC',
  name: 'Bitcoin',
  marketCap: '1169717358003',
  price: '59210.39291248964',
  listedAt: 1330214400,
  tier: 1,
  change: '1.05',
  rank: 1,
  sparkline: ['58648.17', '59151.69'],
  lowVolume: false,
  coinrankingUrl: 'https://coinranking.com/coin/Qwsogvtv82FCd+bitcoin-btc',
  '24hVolume': '23999780257',
  btcPrice: '1',
}

export const coins = {
  status: 'success',
  data: {
    stats: { total: 2, totalMarketCap: '2117336333454' },
    coins: [bitcoin, { ...bitcoin, uuid: 'razxDUgYGNAdQ', symbol: 'ETH', name: 'Ethereum', price: '2013.500000000000000001', rank: 2 }],
  },
}

/** A coin by itself says more than in the list. */
export const coin = {
  status: 'success',
  data: {
    coin: {
      ...bitcoin,
      description: 'Bitcoin is the first decentralized digital currency.',
      websiteUrl: 'https://bitcoin.example.org',
      priceAt: 1772359200,
      supply: { confirmed: true, circulating: '19755662', total: '19755662', max: '21000000' },
      allTimeHigh: { price: '126080.123456789012345678', timestamp: 1759777200 },
    },
  },
}

export const history = {
  status: 'success',
  data: {
    change: '1.05',
    history: [
      { price: '59210.39291248964', timestamp: 1772359200 },
      { price: null, timestamp: 1772358900 },
      { price: '59151.690000000000000001', timestamp: 1772358600 },
    ],
  },
}

export interface CoinrankingBodies {
  readonly coins: unknown
  readonly coin?: unknown
  readonly history?: unknown
}

function bodyAt(path: string, { coins: list, coin: one, history: past }: CoinrankingBodies): unknown {
  if (path.startsWith('/coins?')) return list
  if (path.startsWith('/coin/Qwsogvtv82FCd?')) return one
  return path.startsWith('/coin/Qwsogvtv82FCd/history?') ? past : undefined
}

/** What becomes of a request with a certain key. */
export type CoinrankingKey = 'good' | 'burst' | 'quota'

const counted = (remaining: number) => ({
  'x-ratelimit-requests-limit': '500',
  'x-ratelimit-requests-remaining': String(remaining),
  'x-ratelimit-requests-reset': '1209600',
})

/** The API at its own host: the key is a header, the paths are below `/v2`. */
export const coinrankingApi =
  (keys: ReadonlyMap<string, CoinrankingKey>, bodies: CoinrankingBodies) =>
  ({ path, headers }: RecordedRequest): Answer => {
    if (keys.get(String(headers['x-access-token'])) !== 'good') {
      return { status: 401, body: { status: 'fail', type: 'AUTHORIZATION_REQUIRED', message: 'This endpoint requires an API key.' } }
    }
    const body = path.startsWith('/v2') ? bodyAt(path.slice('/v2'.length), bodies) : undefined
    return body === undefined ? { status: 404, body: { status: 'fail', type: 'COIN_NOT_FOUND', message: 'Coin not found' } } : { body }
  }

/** The same over RapidAPI, which answers for the key, its subscription and its two limits. A burst is over after so many refusals. */
export const rapidApi = (keys: ReadonlyMap<string, CoinrankingKey>, bodies: CoinrankingBodies, refusals: number) => {
  const refused = new Map<string, number>()
  return ({ path, headers }: RecordedRequest): Answer => {
    const key = String(headers['x-rapidapi-key'])
    const state = keys.get(key)
    if (state === undefined || headers['x-rapidapi-host'] !== 'coinranking1.p.rapidapi.com') {
      return { status: 403, body: { message: 'You are not subscribed to this API.' } }
    }
    if (state === 'quota') {
      const message = 'You have exceeded the MONTHLY quota for Requests on your current plan, BASIC.'
      return { status: 429, headers: counted(0), body: { message } }
    }
    const before = refused.get(key) ?? 0
    if (state === 'burst' && before < refusals) {
      refused.set(key, before + 1)
      const message = 'You have exceeded the rate limit per second for your plan, BASIC, by the API provider'
      return { status: 429, headers: { ...counted(480), 'retry-after': '1' }, body: { message } }
    }
    const body = bodyAt(path, bodies)
    if (body !== undefined) return { headers: counted(480), body }
    return path.startsWith('/coin/')
      ? { status: 404, headers: counted(480), body: { status: 'fail', type: 'COIN_NOT_FOUND', message: 'Coin not found' } }
      : { status: 404, body: { message: "Endpoint '/' does not exist" } }
  }
}
