import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectConfigRefused, expectEndpointRefused } from '../src/conformance/refused.ts'
import { iqair } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const base = 'http://api.airvisual.com/v2'
const endpoint = 'https://api.airvisual.com/v2'

const resources = '/nearest_city, /nearest_station, /city, /station, /countries, /states, /cities, /stations, /city_ranking, /node/<id>'

describe('the endpoint of a start message', () => {
  it.each([
    [`${base}/nearest_city`, { resource: 'nearest_city', endpoint }],
    [`${base}/nearest_city/`, { resource: 'nearest_city', endpoint }],
    [`https://api.airvisual.com/v2/nearest_city?lat=40.4&lon=-3.7`, { resource: 'nearest_city', endpoint, lat: 40.4, lon: -3.7 }],
    [
      `${base}/city?city=Los%20Angeles&state=California&country=USA`,
      { resource: 'city', endpoint, city: 'Los Angeles', state: 'California', country: 'USA' },
    ],
    [
      `${base}/station?station=US%20Embassy%20in%20Beijing&city=Beijing&state=Beijing&country=China`,
      { resource: 'station', endpoint, station: 'US Embassy in Beijing', city: 'Beijing', state: 'Beijing', country: 'China' },
    ],
    [`${base}/nearest_station?lat=0&lon=9`, { resource: 'nearest_station', endpoint, lat: 0, lon: 9 }],
    [`${base}/city_ranking`, { resource: 'city_ranking', endpoint }],
    [
      'https://www.airvisual.com/api/v2/node/5c73a77e6d87653768a66350',
      { resource: 'node', endpoint: 'https://www.airvisual.com/api/v2/node', id: '5c73a77e6d87653768a66350' },
    ],
    ['https://device.iqair.com/v2/5c73a77e', { resource: 'node', endpoint: 'https://device.iqair.com/v2', id: '5c73a77e' }],
    [`${base}/countries`, { resource: 'countries', endpoint }],
    [`${base}/cities?state=Colorado&country=USA`, { resource: 'cities', endpoint, state: 'Colorado', country: 'USA' }],
    ['http://127.0.0.1:8080/v2/nearest_city', { resource: 'nearest_city', endpoint: 'http://127.0.0.1:8080/v2' }],
    ['http://127.0.0.1:8080/nearest_city', { resource: 'nearest_city', endpoint: 'http://127.0.0.1:8080' }],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(iqair, config, ['key'])).toEqual(config)
  })

  it.each([
    ['nearest_city', 'is not an http or https URL'],
    ['ftp://api.airvisual.com/v2/nearest_city', 'is not an http or https URL'],
    [`${base}/cities`, 'has no `state` in its query'],
    [`${base}/states?country=USA&state=Utah`, 'has the parameter "state", which is not known here'],
    [base, `must end in ${resources}`],
    ['http://api.airvisual.com', `must end in ${resources}`],
    [`${base}/station?city=Beijing&state=Beijing&country=China`, 'has no `station` in its query'],
    ['https://device.iqair.com/v2/5c73a77e?key=mykey', 'has the key in it'],
    [`${base}/city?city=Madrid`, 'has no `state` in its query'],
    [`${base}/nearest_city?lat=north&lon=1`, 'has a `lat` that is not a number'],
    [`${base}/nearest_city?lat=1&lon=`, 'has a `lon` that is not a number'],
    [`${base}/nearest_city?key=mykey`, 'has the key in it'],
    [`${base}/nearest_city?radius=5`, 'has the parameter "radius", which is not known here'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})

it.each([
  [{ resource: 'nearest_city', lon: 1 }, 'config.lat is missing'],
  [{ resource: 'nearest_station', lat: 1 }, 'config.lon is missing'],
  [{ resource: 'node', id: '../v1' }, 'config.id must match pattern'],
  [{ resource: 'nearest_city', lat: 91, lon: 1 }, 'config.lat must be <= 90'],
  [{ resource: 'nearest_city', endpoint: 'http://' }, 'config.endpoint must match pattern'],
  [{ resource: 'nearest_city', endpoint: 'http://a b/' }, 'config.endpoint must match pattern'],
  [{ resource: 'nearest_city', endpoint: 'http://:80' }, 'config.endpoint is not a URL'],
  [{ resource: 'nearest_city', endpoint: 'http://a:b@c/v2' }, 'config.endpoint has credentials in it'],
])('the configuration %j is refused', (config, message) => expectConfigRefused(iqair, config, ['key'], message))

it('everything but a monitor needs a key', () => {
  expect(parseConfig(iqair, { resource: 'node', id: 'a1' }, [])).toEqual({ resource: 'node', id: 'a1' })
  const error = expect.objectContaining({ code: 'missing_secret', errors: [expect.objectContaining({ field: 'secrets.key' })] })
  for (const resource of ['city_ranking', 'nearest_station', 'countries']) expect(() => parseConfig(iqair, { resource }, [])).toThrow(error)
})
