import { describeAdapter, type Scenario, type SourceRequest } from '../src/conformance.ts'
import { coingecko } from './index.ts'

const keys = (...ids: string[]) => ids.map((id) => [id, 'eur'])
const coins = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id, symbol: id, name: id.toUpperCase(), current_price: 1.5, last_updated: null }))

const refused = { status: 401, body: { status: { error_code: 10_002, error_message: 'API Key Missing' } } }
const wrong = { status: 400, body: { error: 'what?' } }

/** Whether the request is for this path with this query, whatever else is in it. */
function asks({ url }: SourceRequest, path: string, query: Readonly<Record<string, string>>): boolean {
  return url.pathname === path && Object.entries(query).every(([name, value]) => url.searchParams.get(name) === value)
}

interface Described extends Omit<Scenario, 'config' | 'secretNames' | 'answer'> {
  readonly config: object
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Default: the demo plan's. */
  readonly header?: string
  body(page: number): unknown
}

const scenario = ({ config, path, query, header = 'x-cg-demo-api-key', body, ...rest }: Described): Scenario => ({
  ...rest,
  secretNames: ['key'],
  config: (origin) => ({ endpoint: `${origin}/api/v3/`, ...config }),
  answer(request, { key }) {
    if (request.headers[header] !== key) return refused
    const page = Number(request.url.searchParams.get('page') ?? 1)
    return asks(request, `/api/v3/${path}`, query) ? { body: body(page) } : wrong
  },
})

describeAdapter({
  adapter: coingecko,
  scenarios: [
    scenario({
      name: 'simple prices',
      config: { resource: 'simple_price', ids: ['bitcoin', 'status'], currencies: ['usd', 'eur'], precision: 'full' },
      path: 'simple/price',
      query: { ids: 'bitcoin,status', vs_currencies: 'usd,eur', precision: 'full', include_last_updated_at: 'true' },
      body: () => ({ bitcoin: { usd: 64_123.5, eur: 59_321 }, status: { usd: 0.02, eur: 0.01 } }),
      pages: [
        [
          ['bitcoin', 'usd'],
          ['bitcoin', 'eur'],
          ['status', 'usd'],
          ['status', 'eur'],
        ],
      ],
      irregular: {
        body: { bitcoin: { usd: 1, eur: null }, other: {}, third: null, fourth: { usd: 'N/A', eur: 2 } },
        keys: [['bitcoin', 'usd'], null, null, null, null, null, null, ['fourth', 'eur']],
      },
    }),
    scenario({
      name: 'markets, to the empty page',
      config: { resource: 'markets', currency: 'eur', pageSize: 2, category: 'layer-1', priceChange: ['1h', '7d'] },
      path: 'coins/markets',
      query: { vs_currency: 'eur', per_page: '2', category: 'layer-1', order: 'market_cap_desc', price_change_percentage: '1h,7d' },
      // With spaces, so that even the empty page is long enough to be cut off or to come slowly.
      body: (page) =>
        `${JSON.stringify(coins.slice(page * 2 - 2, page * 2))
          .slice(0, -1)
          .padEnd(20)}]`,
      pages: [keys('a', 'b'), keys('c', 'd'), keys('e'), []],
      irregular: { body: [coins[0], { name: 'no id' }, coins[0], 'text', null], keys: [['a', 'eur'], null, ['a', 'eur'], null, null] },
    }),
    scenario({
      name: 'markets of the pro plan, to the largest number of pages',
      config: { resource: 'markets', plan: 'pro', currency: 'eur', pageSize: 2, maxPages: 2 },
      path: 'coins/markets',
      query: { vs_currency: 'eur', per_page: '2' },
      header: 'x-cg-pro-api-key',
      body: (page) => coins.slice(page * 2 - 2, page * 2),
      pages: [keys('a', 'b'), keys('c', 'd')],
    }),
    scenario({
      name: 'markets of some coins, to the last that there can be',
      config: { resource: 'markets', currency: 'eur', ids: ['a', 'b', 'c', 'c'], pageSize: 2 },
      path: 'coins/markets',
      query: { ids: 'a,b,c,c', per_page: '2' },
      body: (page) => coins.slice(0, 3).slice(page * 2 - 2, page * 2),
      pages: [keys('a', 'b'), keys('c')],
    }),
    scenario({
      name: 'a coin',
      config: { resource: 'coin', id: 'bitcoin', currency: 'eur' },
      path: 'coins/bitcoin',
      query: { tickers: 'false', localization: 'false' },
      body: () => ({ id: 'bitcoin', symbol: 'btc', name: 'Bitcoin', market_data: { current_price: { eur: 1 } } }),
      pages: [keys('bitcoin')],
    }),
    scenario({
      name: 'a chart',
      config: { resource: 'market_chart', id: 'bitcoin', currency: 'eur', days: 7, interval: 'daily' },
      path: 'coins/bitcoin/market_chart',
      query: { vs_currency: 'eur', days: '7', interval: 'daily' },
      body: () => ({ prices: [[0, 1.5]], market_caps: [[0, 3]], total_volumes: [] }),
      pages: [[['bitcoin', 'eur', '1970-01-01T00:00:00.000Z']]],
      irregular: {
        body: { prices: [[0, 1], ['x', 1], [0, 2], [5, null], [6], 7, [8, true]] },
        keys: [['bitcoin', 'eur', '1970-01-01T00:00:00.000Z'], null, ['bitcoin', 'eur', '1970-01-01T00:00:00.000Z'], null, null, null],
      },
    }),
  ],
})
