import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectConfigRefused, expectEndpointRefused } from '../src/conformance/refused.ts'
import { pyth } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const endpoint = 'https://hermes.pyth.network'
const [a, b] = ['a'.repeat(64), `0x${'B'.repeat(64)}`]

describe('the endpoint of a start message', () => {
  it.each([
    [`${endpoint}/v2/updates/price/latest?ids[]=${a}&ids[]=${b}&parsed=true&encoding=hex`, { resource: 'prices', endpoint, ids: [a, b] }],
    [`${endpoint}/v2/updates/price/latest/?ids%5B%5D=${a}`, { resource: 'prices', endpoint, ids: [a] }],
    [
      `http://127.0.0.1:80/h/v2/price_feeds?query=btc&asset_type=crypto`,
      { resource: 'feeds', endpoint: 'http://127.0.0.1/h', query: 'btc', assetType: 'crypto' },
    ],
    ['http://hermes.pyth.network/v2/price_feeds', { resource: 'feeds', endpoint }],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(pyth, config, ['key'])).toEqual(config)
  })

  it.each([
    ['v2/price_feeds', 'is not an http or https URL'],
    [`ftp://hermes.pyth.network/v2/price_feeds`, 'is not an http or https URL'],
    [`https://me:mykey@hermes.pyth.network/v2/price_feeds`, 'has the key in it'],
    [`${endpoint}/v2/updates/price/stream?ids[]=${a}`, 'must end in /v2/updates/price/latest or /v2/price_feeds'],
    [`${endpoint}/v2/updates/price/latest`, 'has no `ids[]` in its query'],
    [`${endpoint}/v2/price_feeds?limit=5`, 'has the parameter "limit", which is not known here'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})

it.each([
  [{ resource: 'prices', ids: [] }, 'config.ids must NOT have fewer than 1 items'],
  [{ resource: 'prices', ids: ['abc'] }, 'config.ids.0 must match pattern'],
  [{ resource: 'prices', ids: [a], symbols: { btc: 'BTC/USD' } }, 'config.symbols'],
  [{ resource: 'feeds', assetType: '' }, 'config.assetType must match pattern'],
  [{ resource: 'feeds', endpoint: 'http://:80' }, 'config.endpoint is not a URL'],
  [{ resource: 'feeds', endpoint: 'http://a:b@c' }, 'config.endpoint has credentials in it'],
])('the configuration %j is refused', (config, message) => expectConfigRefused(pyth, config, ['key'], message))
