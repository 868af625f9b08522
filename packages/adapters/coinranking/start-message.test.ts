import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectConfigRefused, expectEndpointRefused } from '../src/conformance/refused.ts'
import { coinranking } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const endpoint = 'https://api.coinranking.com/v2'
const rapid = 'https://coinranking1.p.rapidapi.com'

describe('the endpoint of a start message', () => {
  it.each([
    [`http://api.coinranking.com/v2/coins`, { resource: 'coins', endpoint }],
    [
      `${endpoint}/coins?limit=50&timePeriod=7d&symbols[]=BTC&symbols[]=ETH&orderBy=price&orderDirection=asc&search=b&uuids[]=x&tags[]=dao`,
      {
        resource: 'coins',
        endpoint,
        timePeriod: '7d',
        symbols: ['BTC', 'ETH'],
        uuids: ['x'],
        tags: ['dao'],
        search: 'b',
        orderBy: 'price',
        orderDirection: 'asc',
        pageSize: 50,
      },
    ],
    [
      `${rapid}/coin/Qwsogvtv82FCd?referenceCurrencyUuid=eur`,
      { resource: 'coin', access: 'rapidapi', endpoint: rapid, referenceCurrency: 'eur', uuid: 'Qwsogvtv82FCd' },
    ],
    [`${endpoint}/coin/Qwsogvtv82FCd/history/?timePeriod=1y`, { resource: 'history', endpoint, timePeriod: '1y', uuid: 'Qwsogvtv82FCd' }],
    ['http://127.0.0.1:8080/coins', { resource: 'coins', endpoint: 'http://127.0.0.1:8080' }],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(coinranking, config, ['key'])).toMatchObject(config)
  })

  it.each([
    ['coins', 'is not an http or https URL'],
    [`${endpoint}/exchanges`, 'must end in /coins, /coin/<uuid> or /coin/<uuid>/history'],
    [`${endpoint}/coins?offset=5`, 'has the parameter "offset", which is not known here'],
    [`${endpoint}/coins?limit=-1`, 'has a `limit` that is not a whole number'],
    [`${endpoint}/coins?x-access-token=mykey`, 'has the key in it'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})

it.each([
  [{ resource: 'coin' }, 'config.uuid is missing'],
  [{ resource: 'coin', uuid: '../coins' }, 'config.uuid must match pattern'],
  [{ resource: 'coins', access: 'proxy' }, 'config.access must be one of "direct", "rapidapi"'],
  [{ resource: 'coins', timePeriod: '2d' }, 'config.timePeriod must be one of'],
  [{ resource: 'coins', pageSize: 0 }, 'config.pageSize must be >= 1'],
  [{ resource: 'coins', endpoint: 'https://me:pw@api.example.com' }, 'config.endpoint has credentials in it'],
])('the configuration %j is refused', (config, message) => expectConfigRefused(coinranking, config, ['key'], message))
