import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

export const defaultEndpoint = 'https://api.airvisual.com/v2'

const endpoint = Type.Optional(
  Type.String({
    pattern: '^https?://[^\\s?#]+$',
    maxLength: 2048,
    default: defaultEndpoint,
    description: 'Base URL of the API, with its version and without the resource.',
    examples: [defaultEndpoint],
  }),
)

const name = (what: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 200, description: `Name of the ${what}, in English, as IQAir spells it.`, examples: [example] })

const NearestCity = Type.Object(
  {
    resource: Type.Literal('nearest_city', { description: 'The city with a station that is nearest to a place.' }),
    endpoint,
    lat: Type.Optional(
      Type.Number({
        minimum: -90,
        maximum: 90,
        description: 'Latitude of the place in degrees, together with `lon`. Without them it is where the request comes from.',
        examples: [40.4],
      }),
    ),
    lon: Type.Optional(
      Type.Number({
        minimum: -180,
        maximum: 180,
        description: 'Longitude of the place in degrees, together with `lat`.',
        examples: [-3.7],
      }),
    ),
  },
  strict,
)

const City = Type.Object(
  {
    resource: Type.Literal('city', { description: 'A city by name.' }),
    endpoint,
    city: name('city', 'Los Angeles'),
    state: name('state', 'California'),
    country: name('country', 'USA'),
  },
  strict,
)

const Countries = Type.Object(
  { resource: Type.Literal('countries', { description: 'The countries that there are cities in.' }), endpoint },
  strict,
)

const States = Type.Object(
  { resource: Type.Literal('states', { description: 'The states of a country.' }), endpoint, country: name('country', 'USA') },
  strict,
)

const Cities = Type.Object(
  {
    resource: Type.Literal('cities', { description: 'The cities of a state.' }),
    endpoint,
    state: name('state', 'Colorado'),
    country: name('country', 'USA'),
  },
  strict,
)

const Stations = Type.Object(
  {
    resource: Type.Literal('stations', { description: 'The stations of a city. Not part of the community plan.' }),
    endpoint,
    city: name('city', 'Beijing'),
    state: name('state', 'Beijing'),
    country: name('country', 'China'),
  },
  strict,
)

export const IqairConfig = Type.Union([NearestCity, City, Countries, States, Cities, Stations], {
  description: 'What to ask IQAir for.',
  examples: [
    { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
    { resource: 'city', city: 'Los Angeles', state: 'California', country: 'USA' },
    { resource: 'cities', state: 'Colorado', country: 'USA' },
  ],
})
export type IqairConfig = Static<typeof IqairConfig>

export const IqairSecrets = Type.Object(
  { key: Type.String({ description: 'API key of your IQAir account, sent as the query parameter `key`.' }) },
  strict,
)
