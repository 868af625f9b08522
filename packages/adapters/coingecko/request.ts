import { below } from '../src/endpoint.ts'
import { type CoingeckoConfig, type ConfigOf, defaultCurrency, defaultPageSize, plans } from './schema.ts'

/** The address of a page, from 1. All but `markets` have one page. */
export function addressOf(config: CoingeckoConfig, page: number): URL {
  const base = config.endpoint ?? plans[config.plan ?? 'demo'].endpoint
  const { path, query } = askedFor(config, page)
  const url = below(base, path)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

interface Asked {
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
}

function askedFor(config: CoingeckoConfig, page: number): Asked {
  switch (config.resource) {
    case 'simple_price':
      return { path: 'simple/price', query: simplePriceQuery(config) }
    case 'markets':
      return { path: 'coins/markets', query: marketsQuery(config, page) }
    case 'coin':
      return {
        path: `coins/${encodeURIComponent(config.id)}`,
        // Trades and statistics of several hundred kilobytes, of which the document has nothing.
        query: { localization: 'false', tickers: 'false', community_data: 'false', developer_data: 'false' },
      }
    case 'market_chart':
      return {
        path: `coins/${encodeURIComponent(config.id)}/market_chart`,
        query: {
          vs_currency: config.currency ?? defaultCurrency,
          days: String(config.days),
          interval: config.interval,
          precision: config.precision,
        },
      }
  }
}

const simplePriceQuery = ({ ids, currencies = [defaultCurrency], precision }: ConfigOf<'simple_price'>): Asked['query'] => ({
  ids: ids.join(','),
  vs_currencies: currencies.join(','),
  include_market_cap: 'true',
  include_24hr_vol: 'true',
  include_24hr_change: 'true',
  include_last_updated_at: 'true',
  precision,
})

const marketsQuery = (config: ConfigOf<'markets'>, page: number): Asked['query'] => ({
  vs_currency: config.currency ?? defaultCurrency,
  ids: config.ids?.join(','),
  category: config.category,
  order: config.order ?? 'market_cap_desc',
  price_change_percentage: config.priceChange?.join(','),
  precision: config.precision,
  per_page: String(config.pageSize ?? defaultPageSize),
  page: String(page),
})
