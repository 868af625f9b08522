import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { expectConfigRefused, expectEndpointRefused } from '../src/conformance/refused.ts'
import { coingecko } from './index.ts'
import { configOfEndpoint } from './start-message.ts'

const endpoint = 'https://api.coingecko.com/api/v3'
const pro = 'https://pro-api.coingecko.com/api/v3'

describe('the endpoint of a start message', () => {
  it.each([
    [
      `${endpoint}/simple/price?ids=bitcoin,ethereum&vs_currencies=usd,eur&include_market_cap=true&include_last_updated_at=true`,
      { resource: 'simple_price', endpoint, ids: ['bitcoin', 'ethereum'], currencies: ['usd', 'eur'] },
    ],
    [`http://api.coingecko.com/api/v3/simple/price?ids=bitcoin`, { resource: 'simple_price', endpoint, ids: ['bitcoin'] }],
    [
      `${pro}/coins/markets?vs_currency=eur&per_page=100&order=volume_desc&price_change_percentage=1h,7d&category=layer-1`,
      {
        resource: 'markets',
        plan: 'pro',
        endpoint: pro,
        currency: 'eur',
        pageSize: 100,
        order: 'volume_desc',
        priceChange: ['1h', '7d'],
        category: 'layer-1',
      },
    ],
    [`${endpoint}/coins/bitcoin?tickers=false`, { resource: 'coin', endpoint, id: 'bitcoin' }],
    [
      `${endpoint}/coins/bitcoin/market_chart?vs_currency=eur&days=7&interval=daily`,
      { resource: 'market_chart', endpoint, id: 'bitcoin', currency: 'eur', days: 7, interval: 'daily' },
    ],
    [
      'http://127.0.0.1:8080/coins/bitcoin/market_chart?days=max',
      { resource: 'market_chart', endpoint: 'http://127.0.0.1:8080', id: 'bitcoin', days: 'max' },
    ],
  ])('%s', (text, config) => {
    expect(configOfEndpoint(text)).toEqual(config)
    expect(parseConfig(coingecko, config, ['key'])).toMatchObject(config)
  })

  it.each([
    ['simple/price', 'is not an http or https URL'],
    [`${endpoint}/ping`, 'must end in /simple/price, /coins/markets, /coins/<id> or /coins/<id>/market_chart'],
    [`${endpoint}/simple/price`, 'has no `ids` in its query'],
    [`${endpoint}/coins/bitcoin/market_chart`, 'has no `days` in its query'],
    [`${endpoint}/coins/markets?per_page=all`, 'has a `per_page` that is not a whole number'],
    [`${endpoint}/coins/markets?page=2`, 'has the parameter "page", which is not known here'],
    [`${endpoint}/coins/markets?x_cg_demo_api_key=mykey`, 'has the key in it'],
    [`${endpoint}/coins/%E0%A4%A`, 'has a path that cannot be read'],
  ])('%s is refused', (text, problem) => expectEndpointRefused(configOfEndpoint, text, problem))
})

it.each([
  [{ resource: 'simple_price' }, 'config.ids is missing'],
  [{ resource: 'simple_price', ids: ['a,b'] }, 'config.ids.0 must match pattern'],
  [{ resource: 'simple_price', ids: ['a'], currencies: ['USD'] }, 'config.currencies.0 must match pattern'],
  [{ resource: 'coin', id: '..' }, 'config.id must match pattern'],
  [{ resource: 'coin', id: 'a/b' }, 'config.id must match pattern'],
  [{ resource: 'coin', id: 'bitcoin', plan: 'free' }, 'config.plan must be one of "demo", "pro"'],
  [{ resource: 'market_chart', id: 'bitcoin', days: 0 }, 'config.days'],
  [{ resource: 'market_chart', id: 'bitcoin', days: 'all' }, 'config.days'],
  [{ resource: 'markets', pageSize: 251 }, 'config.pageSize must be <= 250'],
  [{ resource: 'coins' }, 'config.resource must be one of "simple_price", "markets", "coin", "market_chart"'],
  [{ resource: 'markets', endpoint: 'https://me:pw@api.example.com' }, 'config.endpoint has credentials in it'],
])('the configuration %j is refused', (config, message) => expectConfigRefused(coingecko, config, ['key'], message))
