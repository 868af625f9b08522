import Type, { type Static } from 'typebox'
import { bitcoin, endpoint, idPattern, symbolsField } from '../pyth/schema.ts'
import { connectionFields, reconnectField, segmentField } from '../src/live/fields.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaults = { transport: 'sse', openMs: 30_000, idleMs: 60_000, maxMessageBytes: 2 * 1024 * 1024 } as const

/** In an address they fill 7.5 kB, and the usual limit is 8. */
const mostFeeds = 100

export const PythStreamConfig = Type.Object(
  {
    endpoint,
    transport: Optional(
      Type.Enum(['sse', 'websocket'], {
        default: defaults.transport,
        description:
          'How to listen: to server-sent events, which carry the prices of all feeds together with their signed proof, or over a WebSocket, with a small message for each price.',
      }),
    ),
    ids: Type.Array(Type.String({ pattern: idPattern, description: 'Id of a price feed.' }), {
      minItems: 1,
      maxItems: mostFeeds,
      description: 'Ids of price feeds: 64 hexadecimal digits, with or without `0x`, in either case.',
      examples: [[bitcoin]],
    }),
    symbols: symbolsField,
    ...connectionFields({
      defaults,
      idle: {
        minimum: 300,
        maximum: 3_600_000,
        description:
          'Longest silence before the connection is taken for lost, in milliseconds. Answers to pings, which are sent three times as often, and comments are no silence.',
      },
    }),
    segment: segmentField,
    reconnect: reconnectField,
  },
  {
    ...strict,
    description: 'The price feeds to listen to.',
    examples: [{ ids: [bitcoin], symbols: { [bitcoin]: 'BTC/USD' }, segment: { ms: 1000 } }],
  },
)
export type PythStreamConfig = Static<typeof PythStreamConfig>
