import Type, { type Static } from 'typebox'
import { endpointField } from '../src/endpoint.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

/** Where the API is, by the way to it. */
export const endpoints = {
  direct: 'https://api.coinranking.com/v2',
  rapidapi: 'https://coinranking1.p.rapidapi.com',
} as const

/** The US dollar. */
export const defaultCurrency = 'yhjMzLPhuIDl'
export const defaultPeriod = '24h'
export const defaultPageSize = 100
export const defaultMaxPages = 10

const access = Optional(
  Type.Enum(['direct', 'rapidapi'], {
    default: 'direct',
    description:
      'Where the key is from: an account at Coinranking, or a subscription at RapidAPI. It decides on the host and on the headers.',
  }),
)
const endpoint = endpointField(
  `Base URL of the API. Default: ${endpoints.direct}, or ${endpoints.rapidapi} for \`rapidapi\`.`,
  endpoints.direct,
)
const uuidPattern = '^[A-Za-z0-9_-]{1,64}$'
const uuid = Type.String({ pattern: uuidPattern, description: 'Uuid of the coin, as Coinranking calls it.', examples: ['Qwsogvtv82FCd'] })
const referenceCurrency = Optional(
  Type.String({
    pattern: uuidPattern,
    default: defaultCurrency,
    description: 'Uuid of the currency of the prices, a coin or another currency. Default: the US dollar.',
    examples: [defaultCurrency],
  }),
)
const timePeriod = Optional(
  Type.Enum(['1h', '3h', '12h', '24h', '7d', '30d', '3m', '1y', '3y', '5y'], {
    default: defaultPeriod,
    description: 'Time to which the change of the price, the small chart and the history belong.',
  }),
)
const texts = (what: string, example: string) =>
  Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100, description: `One of the ${what}.` }), {
      minItems: 1,
      maxItems: 100,
      description: `Only coins with one of these ${what}.`,
      examples: [[example]],
    }),
  )

const Coins = Type.Object(
  {
    resource: Type.Literal('coins', { description: 'Coins with their prices and market data, page by page.' }),
    access,
    endpoint,
    referenceCurrency,
    timePeriod,
    uuids: texts('uuids', 'Qwsogvtv82FCd'),
    symbols: texts('symbols', 'BTC'),
    tags: texts('tags', 'layer-1'),
    search: Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Text in the name or the symbol.', examples: ['bit'] })),
    orderBy: Optional(
      Type.Enum(['marketCap', 'price', '24hVolume', 'change', 'listedAt'], {
        default: 'marketCap',
        description: 'Order of the coins, which decides on those that the pages have.',
      }),
    ),
    orderDirection: Optional(Type.Enum(['desc', 'asc'], { default: 'desc', description: 'Direction of the order.' })),
    pageSize: Optional(
      Type.Integer({
        minimum: 1,
        maximum: 5000,
        default: defaultPageSize,
        description: 'Coins on a page. What is allowed depends on the plan.',
      }),
    ),
    maxPages: Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: defaultMaxPages, description: 'Pages of a run at most; each is one call.' }),
    ),
  },
  strict,
)

const Coin = Type.Object(
  {
    resource: Type.Literal('coin', { description: 'One coin with its description, links, supply and market data.' }),
    access,
    endpoint,
    uuid,
    referenceCurrency,
    timePeriod,
  },
  strict,
)

const History = Type.Object(
  {
    resource: Type.Literal('history', { description: 'The prices of one coin over the time period.' }),
    access,
    endpoint,
    uuid,
    referenceCurrency,
    timePeriod,
  },
  strict,
)

export const CoinrankingConfig = Type.Union([Coins, Coin, History], {
  description: 'What to ask Coinranking for.',
  examples: [
    { resource: 'coins', maxPages: 2 },
    { resource: 'coins', access: 'rapidapi', symbols: ['BTC', 'ETH'] },
    { resource: 'coin', uuid: 'Qwsogvtv82FCd' },
    { resource: 'history', uuid: 'Qwsogvtv82FCd', timePeriod: '7d' },
  ],
})
export type CoinrankingConfig = Static<typeof CoinrankingConfig>

export const CoinrankingSecrets = Type.Object(
  { key: Type.String({ description: 'API key, of Coinranking (sent as `x-access-token`) or of RapidAPI (sent as `X-RapidAPI-Key`).' }) },
  strict,
)
