import { endpointField, idleField, maxMessageBytesField, reconnectField, segmentField } from '@data-weaver/adapters/kit'
import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const defaults = { endpoint: 'https://grpc.example.com', idleMs: 600_000, maxMessageBytes: 4 * 1024 * 1024 } as const

/** Every field is declared once, here: types, checks, error messages, forms and documentation are made of it. */
export const MySourceConfig = Type.Object(
  {
    endpoint: endpointField('Address of the gRPC server.', defaults.endpoint, { isDefault: true }),
    channel: Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,63}$',
      description: 'The channel to listen to, as the API calls it.',
      examples: ['items'],
    }),
    idleMs: idleField(defaults.idleMs, {
      minimum: 100,
      maximum: 3_600_000,
      description:
        'Longest time without a message before the connection is made anew, in milliseconds. One that is dead is noticed sooner, by pings.',
    }),
    maxMessageBytes: maxMessageBytesField(defaults.maxMessageBytes),
    segment: segmentField,
    reconnect: reconnectField,
  },
  strict,
)
export type MySourceConfig = Static<typeof MySourceConfig>

export const MySourceSecrets = Type.Object(
  { key: Type.String({ description: 'API key, sent as a bearer token in the metadata of the call.' }) },
  strict,
)
