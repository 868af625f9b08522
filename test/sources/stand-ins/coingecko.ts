import type { Answer, RecordedRequest } from '@data-weaver/testkit'

const bitcoin = {
  id: 'bitcoin',
  symbol: 'btc',
  name: 'Bitcoin',
  image: 'https://coin-images.example.com/bitcoin.png',
  current_price: 77671.25,
  market_cap: 1555886872303,
  market_cap_rank: 1,
  total_volume: 33235034316,
  price_change_percentage_24h: -0.95302,
  ath: 126080,
  ath_date: '2025-10-06T18:57:42.558Z',
  last_updated: '2026-03-01T10:00:00.000Z',
}

export const markets = [bitcoin, { ...bitcoin, id: 'ethereum', symbol: 'eth', name: 'Ethereum', current_price: 2013.5, market_cap_rank: 2 }]
export const simplePrice = {
  bitcoin: { usd: 76975, usd_market_cap: 1542226908349.84, usd_24h_vol: 29096603418.9, usd_24h_change: -1.4, last_updated_at: 1772359200 },
}

export const coin = {
  id: 'bitcoin',
  symbol: 'btc',
  name: 'Bitcoin',
  categories: ['Cryptocurrency', 'Layer 1 (L1)'],
  description: { en: 'Bitcoin is the first successful internet money based on peer-to-peer technology.' },
  links: { homepage: ['https://bitcoin.example.org', '', ''], subreddit_url: 'https://reddit.example.com/r/Bitcoin/' },
  genesis_date: '2009-01-03',
  market_cap_rank: 1,
  market_data: {
    current_price: { usd: 77671.25, eur: 65912.1 },
    market_cap: { usd: 1555886872303, eur: 1320345678901 },
    total_volume: { usd: 33235034316, eur: 28201234567 },
    ath: { usd: 126080, eur: 107662 },
    circulating_supply: 19755662,
    max_supply: 21000000,
    price_change_percentage_24h: -0.95302,
    last_updated: '2026-03-01T10:00:00.000Z',
  },
  last_updated: '2026-03-01T10:00:00.000Z',
}

/** CoinGecko writes null for what it has not. */
export const marketChart = {
  prices: [
    [1772359200000, 77953.82550382407],
    [1772359500000, null],
    [1772359800000, 78052.875],
  ],
  market_caps: [
    [1772359200000, 1560631481361.8],
    [1772359800000, 1562027330524.2],
  ],
  total_volumes: [[1772359200000, 18688431751.8]],
}

const status = (error_code: number, error_message: string) => ({ status: { error_code, error_message } })
const limit = status(429, "You've exceeded the Rate Limit. Please visit the pricing page to subscribe to our API plans.")

/** What becomes of a request with a certain key. */
export type CoingeckoKey = 'good' | 'plan' | 'limit' | 'limitInside200' | 'nested'

export interface CoingeckoBodies {
  readonly markets: unknown
  readonly simplePrice: unknown
  readonly coin?: unknown
  readonly marketChart?: unknown
}

/**
 * The API of CoinGecko for one of its plans: each has a host and a header of its own, and refuses the keys of the other.
 * @param others keys of the other plan
 */
export const coingeckoApi = (
  plan: 'demo' | 'pro',
  keys: ReadonlyMap<string, CoingeckoKey>,
  others: ReadonlySet<string>,
  bodies: CoingeckoBodies,
) => {
  const wrong =
    plan === 'demo'
      ? status(10010, 'If you are using Pro API key, please change your root URL.')
      : status(10011, 'If you are using Demo API key, please change your root URL.')
  return ({ path, headers }: RecordedRequest): Answer => {
    const key = headers[`x-cg-${plan}-api-key`]
    if (typeof key !== 'string') return { status: 401, body: status(10002, 'API Key Missing') }
    if (others.has(key)) return { status: 400, body: wrong }
    switch (keys.get(key)) {
      case undefined:
        return { status: 401, body: { error: status(10002, 'API Key Missing') } }
      case 'nested':
        return { status: 401, body: { error: status(10005, 'This request is limited to PRO API subscribers.') } }
      case 'plan':
        return { status: 401, body: status(10005, 'This request is limited to PRO API subscribers.') }
      case 'limit':
        return { status: 429, headers: { 'retry-after': '119' }, body: limit }
      case 'limitInside200':
        return { status: 200, body: limit }
      case 'good':
        return answerOf(path, bodies)
    }
  }
}

function answerOf(path: string, bodies: CoingeckoBodies): Answer {
  const { pathname, searchParams } = new URL(path, 'http://source')
  if (pathname === '/api/v3/simple/price') {
    const asked = new Set((searchParams.get('ids') ?? '').split(','))
    return { body: Object.fromEntries(Object.entries(bodies.simplePrice as object).filter(([id]) => asked.has(id))) }
  }
  if (pathname === '/api/v3/coins/markets') return { body: searchParams.get('page') === '1' ? bodies.markets : [] }
  if (pathname === '/api/v3/coins/bitcoin/market_chart' && bodies.marketChart !== undefined) return { body: bodies.marketChart }
  if (pathname === '/api/v3/coins/bitcoin' && bodies.coin !== undefined) return { body: bodies.coin }
  return { status: 404, body: { error: 'coin not found' } }
}
