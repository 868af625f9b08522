import { idleField, maxMessageBytesField, reconnectField, segmentField } from '@data-weaver/adapters/kit'
import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const defaults = { endpoint: 'wss://api.example.com/v1/live', idleMs: 90_000, pingMs: 30_000, maxMessageBytes: 1024 * 1024 } as const

/** Every field is declared once, here: types, checks, error messages, forms and documentation are made of it. */
export const MySourceConfig = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        pattern: '^wss?://[^\\s?#]+$',
        maxLength: 2048,
        default: defaults.endpoint,
        description: 'Address of the WebSocket, without a query.',
        examples: [defaults.endpoint],
      }),
    ),
    channel: Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,63}$',
      description: 'The channel to listen to, as the API calls it.',
      examples: ['items'],
    }),
    idleMs: idleField(defaults.idleMs, {
      minimum: 100,
      maximum: 3_600_000,
      description: 'Longest silence, answers to pings included, before the connection is taken for lost, in milliseconds.',
    }),
    maxMessageBytes: maxMessageBytesField(defaults.maxMessageBytes),
    segment: segmentField,
    reconnect: reconnectField,
  },
  strict,
)
export type MySourceConfig = Static<typeof MySourceConfig>

export const MySourceSecrets = Type.Object({ key: Type.String({ description: 'API key, sent as a bearer token.' }) }, strict)
