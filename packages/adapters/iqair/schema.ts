import Type, { type Static } from 'typebox'
import { endpointField } from '../src/endpoint.ts'

const strict = { additionalProperties: false } as const

export const defaultEndpoint = 'https://api.airvisual.com/v2'

/** Where the monitors that somebody has published are read, each below its id. */
export const defaultNodeEndpoint = 'https://device.iqair.com/v2'

const endpoint = endpointField('Base URL of the API, with its version and without the resource.', defaultEndpoint, { isDefault: true })

const name = (what: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 200, description: `Name of the ${what}, in English, as IQAir spells it.`, examples: [example] })

const nearest = <R extends 'nearest_city' | 'nearest_station'>(resource: R, description: string) =>
  Type.Object(
    {
      resource: Type.Literal(resource, { description }),
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

const NearestCity = nearest('nearest_city', 'The city with a station that is nearest to a place.')

const NearestStation = nearest('nearest_station', 'The station that is nearest to a place. Not part of the community plan.')

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

const Station = Type.Object(
  {
    resource: Type.Literal('station', { description: 'A station by name. Not part of the community plan.' }),
    endpoint,
    station: name('station', 'US Embassy in Beijing'),
    city: name('city', 'Beijing'),
    state: name('state', 'Beijing'),
    country: name('country', 'China'),
  },
  strict,
)

const CityRanking = Type.Object(
  {
    resource: Type.Literal('city_ranking', {
      description: 'The major cities of the world, the worst air first. Not part of the community plan.',
    }),
    endpoint,
  },
  strict,
)

const Node = Type.Object(
  {
    resource: Type.Literal('node', { description: 'A monitor that its owner has published. It needs no key.' }),
    endpoint: endpointField(
      'Base URL that the id is put behind. `https://www.airvisual.com/api/v2/node` answers the same.',
      defaultNodeEndpoint,
      { isDefault: true },
    ),
    id: Type.String({
      pattern: '^[A-Za-z0-9_-]{1,64}$',
      description: 'The id of the monitor, as it is in the address that its owner shares.',
      examples: ['5c73a77e6d87653768a66350'],
    }),
  },
  strict,
)

export const IqairConfig = Type.Union(
  [NearestCity, City, NearestStation, Station, Countries, States, Cities, Stations, CityRanking, Node],
  {
    description: 'What to ask IQAir for.',
    examples: [
      { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
      { resource: 'city', city: 'Los Angeles', state: 'California', country: 'USA' },
      { resource: 'station', station: 'US Embassy in Beijing', city: 'Beijing', state: 'Beijing', country: 'China' },
      { resource: 'cities', state: 'Colorado', country: 'USA' },
      { resource: 'node', id: '5c73a77e6d87653768a66350' },
    ],
  },
)
export type IqairConfig = Static<typeof IqairConfig>

export const keyDescription = 'API key of your IQAir account, sent as the query parameter `key`. Only `node` does without.'

export const IqairSecrets = Type.Object(
  {
    key: Type.Optional(Type.String({ description: keyDescription })),
  },
  strict,
)
