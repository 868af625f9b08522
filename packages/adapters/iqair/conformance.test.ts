import { describeAdapter, type Scenario } from '../src/conformance.ts'
import { iqair } from './index.ts'

const data = {
  city: 'Madrid',
  state: 'Madrid',
  country: 'Spain',
  location: { type: 'Point', coordinates: [-3.7, 40.4] },
  current: {
    pollution: { ts: '2026-03-01T10:00:00.000Z', aqius: 42, mainus: 'p2', aqicn: 15, maincn: 'p1' },
    weather: { ts: '2026-03-01T10:00:00.000Z', tp: 12, pr: 1019, hu: 55, ws: 3.1, wd: 200, ic: '02d' },
  },
}

const beijing = { city: 'Beijing', state: 'Beijing', country: 'China' }
const ranked = (city: string, current_aqi: number) => ({
  city,
  state: 'Oregon',
  country: 'USA',
  ranking: { current_aqi, current_aqi_cn: 90 },
})

const scenario = (
  name: string,
  config: object,
  path: string,
  query: Readonly<Record<string, string>>,
  more: { body?: unknown; pages?: Scenario['pages']; irregular?: Scenario['irregular'] } = {},
): Scenario => ({
  name,
  secretNames: ['key'],
  config: (origin) => ({ endpoint: `${origin}/v2/`, ...config }),
  answer(request, { key }) {
    const { pathname, searchParams } = request.url
    const asked = Object.fromEntries(searchParams)
    if (asked.key !== key) return { status: 401, body: { status: 'fail', data: { message: 'incorrect_api_key' } } }
    delete asked.key
    const right = pathname === path && JSON.stringify(asked) === JSON.stringify(query)
    return right
      ? { body: { status: 'success', data: more.body ?? data } }
      : { status: 400, body: { status: 'fail', data: { message: 'city_not_found' } } }
  },
  pages: more.pages ?? [[['Spain', 'Madrid', 'Madrid']]],
  irregular: more.irregular ?? { body: { status: 'success', data: { ...data, state: undefined } }, keys: [null] },
})

describeAdapter({
  adapter: iqair,
  scenarios: [
    scenario('the city nearest to the request', { resource: 'nearest_city' }, '/v2/nearest_city', {}),
    scenario('the city nearest to a place', { resource: 'nearest_city', lat: 40.4, lon: -3.7 }, '/v2/nearest_city', {
      lat: '40.4',
      lon: '-3.7',
    }),
    scenario('a city by name', { resource: 'city', city: 'Madrid', state: 'Madrid', country: 'Spain' }, '/v2/city', {
      city: 'Madrid',
      state: 'Madrid',
      country: 'Spain',
    }),
    scenario(
      'the countries',
      { resource: 'countries' },
      '/v2/countries',
      {},
      {
        body: [{ country: 'Andorra' }, { country: 'Spain' }],
        pages: [[['Andorra'], ['Spain']]],
        irregular: { body: { status: 'success', data: [{ country: 'Spain' }, {}, null] }, keys: [['Spain'], null, null] },
      },
    ),
    scenario(
      'the stations of a city',
      { resource: 'stations', city: 'Beijing', state: 'Beijing', country: 'China' },
      '/v2/stations',
      { city: 'Beijing', state: 'Beijing', country: 'China' },
      {
        body: [{ station: 'Botanical Garden', location: { type: 'Point', coordinates: [116.2, 40] } }],
        pages: [[['China', 'Beijing', 'Beijing', 'Botanical Garden']]],
        irregular: { body: { status: 'success', data: [{ station: '' }] }, keys: [null] },
      },
    ),
    scenario(
      'a station by name',
      { resource: 'station', station: 'US Embassy in Beijing', ...beijing },
      '/v2/station',
      { station: 'US Embassy in Beijing', ...beijing },
      {
        body: { ...data, ...beijing, name: 'US Embassy in Beijing' },
        pages: [[['China', 'Beijing', 'Beijing', 'US Embassy in Beijing']]],
        irregular: { body: { status: 'success', data: { ...data, ...beijing } }, keys: [null] },
      },
    ),
    scenario(
      'the ranking of cities',
      { resource: 'city_ranking' },
      '/v2/city_ranking',
      {},
      {
        body: [ranked('Portland', 183), ranked('Eugene', 151)],
        pages: [
          [
            ['USA', 'Oregon', 'Portland'],
            ['USA', 'Oregon', 'Eugene'],
          ],
        ],
        irregular: {
          body: { status: 'success', data: [ranked('Portland', 183), null, { city: 'Eugene' }, ranked('Portland', 182)] },
          keys: [['USA', 'Oregon', 'Portland'], null, null, ['USA', 'Oregon', 'Portland']],
        },
      },
    ),
    {
      name: 'a monitor, without a key',
      config: (origin) => ({ resource: 'node', id: '5c73a77e', endpoint: `${origin}/v2` }),
      answer: ({ url }) =>
        url.pathname === '/v2/5c73a77e' && url.search === ''
          ? { body: { name: 'AirVisual Outdoor', current: { ts: '2026-03-01T10:00:00.000Z', aqius: 42, tp: 12.3 } } }
          : { status: 404, body: { code: 'device_not_found', message: 'Not Found' } },
      pages: [[['5c73a77e']]],
      irregular: { body: { name: 'AirVisual Outdoor' }, keys: [null] },
    },
  ],
})
