import { endpointField } from '@data-weaver/adapters/kit'
import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const defaultEndpoint = 'https://api.example.com/v1'

/** Every field is declared once, here: types, checks, error messages, forms and documentation are made of it. */
export const MySourceConfig = Type.Object(
  {
    endpoint: endpointField('Base URL of the API, with its version and without a path.', defaultEndpoint, { isDefault: true }),
    list: Type.String({
      pattern: '^[a-z][a-z0-9_-]{0,63}$',
      description: 'The list to fetch, as the API calls it.',
      examples: ['items'],
    }),
  },
  strict,
)
export type MySourceConfig = Static<typeof MySourceConfig>

export const MySourceSecrets = Type.Object({ key: Type.String({ description: 'API key, sent in the header `x-api-key`.' }) }, strict)
