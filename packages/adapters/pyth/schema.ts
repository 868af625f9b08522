import Type, { type Static } from 'typebox'
import { endpointField } from '../src/endpoint.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaultEndpoint = 'https://hermes.pyth.network'

export const endpoint = endpointField(`Base URL of the Hermes server, without \`/v2\`. Default: ${defaultEndpoint}.`, defaultEndpoint)

export const idPattern = '^(?:0[xX])?[0-9a-fA-F]{64}$'
export const bitcoin = 'e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43'

export const symbolsField = Optional(
  Type.Record(Type.String({ pattern: idPattern }), Type.String({ minLength: 1, maxLength: 100, description: 'Symbol of the feed.' }), {
    additionalProperties: false,
    maxProperties: 1000,
    description: 'Symbols by id, for the documents: Hermes answers a price with the id of its feed only.',
    examples: [{ [bitcoin]: 'BTC/USD' }],
  }),
)

const Prices = Type.Object(
  {
    resource: Type.Literal('prices', { description: 'The latest price of each of some price feeds.' }),
    endpoint,
    ids: Type.Array(Type.String({ pattern: idPattern, description: 'Id of a price feed.' }), {
      minItems: 1,
      maxItems: 1000,
      description: 'Ids of price feeds: 64 hexadecimal digits, with or without `0x`, in either case. 50 of them are asked for at once.',
      examples: [[bitcoin]],
    }),
    symbols: symbolsField,
  },
  strict,
)

const Feeds = Type.Object(
  {
    resource: Type.Literal('feeds', { description: 'What price feeds there are: their ids, symbols and names.' }),
    endpoint,
    query: Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Text that the symbol has in it, in either case.', examples: ['btc'] }),
    ),
    assetType: Optional(
      Type.String({
        pattern: '^[A-Za-z][A-Za-z_]{0,63}$',
        description: 'Kind of asset: `crypto`, `fx`, `equity`, `metal`, `rates`, and what Pyth adds to them.',
        examples: ['crypto'],
      }),
    ),
  },
  strict,
)

export const PythConfig = Type.Union([Prices, Feeds], {
  description: 'What to ask Hermes for.',
  examples: [
    { resource: 'prices', ids: [bitcoin], symbols: { [bitcoin]: 'BTC/USD' } },
    { resource: 'feeds', query: 'btc', assetType: 'crypto' },
  ],
})
export type PythConfig = Static<typeof PythConfig>

export const PythSecrets = Type.Object(
  { key: Type.String({ description: 'Access token for Hermes, sent as `Authorization: Bearer`.' }) },
  strict,
)
