import { present, type StartEndpoint, startEndpoint } from '../src/start-endpoint.ts'
import type { CoingeckoConfig } from './schema.ts'

const example = 'https://api.coingecko.com/api/v3/simple/price?ids=bitcoin&vs_currencies=usd'
const known = { hosts: ['api.coingecko.com', 'pro-api.coingecko.com'], keyNames: ['x_cg_demo_api_key', 'x_cg_pro_api_key'] }

/**
 * The configuration that a start message's `endpoint` means: the resource's URL, with its parameters in the query. What its values may be is
 * for the schema to say.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): CoingeckoConfig {
  const given = startEndpoint(text, example, known)
  const config = resourceOf(given)
  given.end()
  return config as unknown as CoingeckoConfig
}

function resourceOf(given: StartEndpoint): object {
  const { path } = given
  const common = (segments: number) => ({
    ...(given.url.host === 'pro-api.coingecko.com' ? { plan: 'pro' } : {}),
    endpoint: [given.origin, ...path.slice(0, -segments).map(encodeURIComponent)].join('/'),
  })
  const [parent, last] = path.slice(-2)
  if (parent === 'simple' && last === 'price') return { resource: 'simple_price', ...common(2), ...simplePrice(given) }
  if (parent === 'coins' && last === 'markets') return { resource: 'markets', ...common(2), ...markets(given) }
  if (parent === 'coins') {
    for (const name of ['localization', 'tickers', 'market_data', 'community_data', 'developer_data', 'sparkline']) given.drop(name)
    return { resource: 'coin', ...common(2), id: last }
  }
  if (path.at(-3) === 'coins' && last === 'market_chart') return { resource: 'market_chart', ...common(3), id: parent, ...chart(given) }
  throw given.refused('must end in /simple/price, /coins/markets, /coins/<id> or /coins/<id>/market_chart')
}

function simplePrice(given: StartEndpoint): object {
  // The document has these, whether they are asked for or not.
  for (const name of ['market_cap', '24hr_vol', '24hr_change', 'last_updated_at']) given.drop(`include_${name}`)
  const ids = given.list('ids')
  if (ids.length === 0) throw given.refused('has no `ids` in its query')
  return { ids, ...present({ currencies: given.list('vs_currencies'), precision: given.text('precision') }) }
}

const markets = (given: StartEndpoint): object =>
  present({
    currency: given.text('vs_currency'),
    ids: given.list('ids'),
    category: given.text('category'),
    order: given.text('order'),
    pageSize: given.integer('per_page'),
    priceChange: given.list('price_change_percentage'),
    precision: given.text('precision'),
  })

function chart(given: StartEndpoint): object {
  const days = given.text('days')
  if (days === undefined) throw given.refused('has no `days` in its query')
  return {
    days: /^\d{1,9}$/.test(days) ? Number(days) : days,
    ...present({ currency: given.text('vs_currency'), interval: given.text('interval'), precision: given.text('precision') }),
  }
}
