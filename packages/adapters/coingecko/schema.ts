import Type, { type Static } from 'typebox'
import { endpointField } from '../src/endpoint.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

/** Each plan has a host and a header of its own; a key of one is refused by the other. */
export const plans = {
  demo: { endpoint: 'https://api.coingecko.com/api/v3', header: 'x-cg-demo-api-key' },
  pro: { endpoint: 'https://pro-api.coingecko.com/api/v3', header: 'x-cg-pro-api-key' },
} as const

export const defaultCurrency = 'usd'
export const defaultPageSize = 250
export const defaultMaxPages = 10

const plan = Optional(
  Type.Enum(['demo', 'pro'], { default: 'demo', description: 'Plan of the key: it decides on the host and on the header of the key.' }),
)
const endpoint = endpointField(
  `Base URL of the API, with its version. Default: ${plans.demo.endpoint}, or ${plans.pro.endpoint} for \`pro\`.`,
  plans.demo.endpoint,
)

// A segment of dots would lead to another resource, a comma would be two ids.
const coinId = (description: string) =>
  Type.String({ pattern: '^(?!\\.{1,2}$)[^\\s,/?#\\\\]+$', maxLength: 200, description, examples: ['bitcoin'] })
const id = coinId('Id of the coin, as CoinGecko calls it; not its symbol.')
const coinIds = (description: string) =>
  Type.Array(coinId('Id of a coin.'), { minItems: 1, maxItems: 500, description, examples: [['bitcoin', 'ethereum']] })

const currencyPattern = '^[a-z0-9]{1,20}$'
const currency = Optional(
  Type.String({
    pattern: currencyPattern,
    default: defaultCurrency,
    description: 'Currency of the prices, in lower case.',
    examples: ['eur'],
  }),
)
const precision = Optional(
  Type.Enum(['full', ...Array.from({ length: 19 }, (_, digits) => String(digits))], {
    description: 'Decimal places of the price, 0 to 18 or `full`. Default: what CoinGecko thinks fit.',
  }),
)

const SimplePrice = Type.Object(
  {
    resource: Type.Literal('simple_price', { description: 'Prices of some coins in some currencies: the cheapest answer.' }),
    plan,
    endpoint,
    ids: coinIds('Ids of the coins, as CoinGecko calls them; not their symbols.'),
    currencies: Optional(
      Type.Array(Type.String({ pattern: currencyPattern, description: 'A currency, in lower case.' }), {
        minItems: 1,
        maxItems: 20,
        description: 'Currencies of the prices. Default: `["usd"]`. A document is one coin in one currency.',
        examples: [['usd', 'eur']],
      }),
    ),
    precision,
  },
  strict,
)

const Markets = Type.Object(
  {
    resource: Type.Literal('markets', { description: 'Coins with their market data, page by page.' }),
    plan,
    endpoint,
    currency,
    ids: Optional(coinIds('Ids of the coins. Default: all.')),
    category: Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Id of a category of coins.', examples: ['layer-1'] })),
    order: Optional(
      Type.Enum(['market_cap_desc', 'market_cap_asc', 'volume_desc', 'volume_asc', 'id_asc', 'id_desc'], {
        default: 'market_cap_desc',
        description: 'Order of the coins, which decides on those that the pages have.',
      }),
    ),
    pageSize: Optional(Type.Integer({ minimum: 1, maximum: 250, default: defaultPageSize, description: 'Coins on a page.' })),
    maxPages: Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: defaultMaxPages, description: 'Pages of a run at most; each is one call.' }),
    ),
    priceChange: Optional(
      Type.Array(Type.Enum(['1h', '24h', '7d', '14d', '30d', '200d', '1y'], { description: 'A window.' }), {
        minItems: 1,
        uniqueItems: true,
        description: 'Windows of which documents get the change of the price in percent.',
        examples: [['1h', '7d']],
      }),
    ),
    precision,
  },
  strict,
)

const Coin = Type.Object(
  {
    resource: Type.Literal('coin', { description: 'One coin with its description, links and market data.' }),
    plan,
    endpoint,
    id,
    currency,
  },
  strict,
)

const MarketChart = Type.Object(
  {
    resource: Type.Literal('market_chart', { description: 'Prices, market caps and volumes of one coin over the last days.' }),
    plan,
    endpoint,
    id,
    currency,
    days: Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Literal('max')], {
      description: 'Days back from now, or `max`. The demo plan has 365 at most.',
      examples: [7],
    }),
    interval: Optional(
      Type.Enum(['5m', 'hourly', 'daily'], {
        description: 'Time between points; `5m` is for paid plans. Default: 5 minutes for 1 day, hourly to 90 days, else daily.',
      }),
    ),
    precision,
  },
  strict,
)

export const CoingeckoConfig = Type.Union([SimplePrice, Markets, Coin, MarketChart], {
  description: 'What to ask CoinGecko for.',
  examples: [
    { resource: 'simple_price', ids: ['bitcoin', 'ethereum'], currencies: ['usd', 'eur'] },
    { resource: 'markets', currency: 'usd', maxPages: 4 },
    { resource: 'coin', id: 'bitcoin' },
    { resource: 'market_chart', id: 'bitcoin', days: 7 },
    { resource: 'simple_price', plan: 'pro', ids: ['bitcoin'] },
  ],
})
export type CoingeckoConfig = Static<typeof CoingeckoConfig>
export type ConfigOf<R extends CoingeckoConfig['resource']> = Extract<CoingeckoConfig, { resource: R }>

export const CoingeckoSecrets = Type.Object(
  { key: Type.String({ description: 'API key of your CoinGecko account, sent in the header of its plan.' }) },
  strict,
)
