import { credentialHeader } from '../src/credential-header.ts'
import { below } from '../src/endpoint.ts'
import { type CoinrankingConfig, defaultCurrency, defaultPageSize, defaultPeriod, endpoints } from './schema.ts'

const endpointOf = ({ endpoint, access = 'direct' }: CoinrankingConfig): string => endpoint ?? endpoints[access]

/** The address of the coins from an offset on, or of a coin or its history, where the offset has no meaning. */
export function addressOf(config: CoinrankingConfig, offset: number): URL {
  const url = below(endpointOf(config), pathOf(config))
  const query = url.searchParams
  query.set('referenceCurrencyUuid', config.referenceCurrency ?? defaultCurrency)
  query.set('timePeriod', config.timePeriod ?? defaultPeriod)
  if (config.resource !== 'coins') return url
  for (const name of ['uuids', 'symbols', 'tags'] as const) for (const value of config[name] ?? []) query.append(`${name}[]`, value)
  if (config.search !== undefined) query.set('search', config.search)
  query.set('orderBy', config.orderBy ?? 'marketCap')
  query.set('orderDirection', config.orderDirection ?? 'desc')
  query.set('limit', String(config.pageSize ?? defaultPageSize))
  query.set('offset', String(offset))
  return url
}

function pathOf(config: CoinrankingConfig): string {
  switch (config.resource) {
    case 'coins':
      return 'coins'
    case 'coin':
      return `coin/${config.uuid}`
    case 'history':
      return `coin/${config.uuid}/history`
  }
}

/** @throws WeaverError `invalid_config` naming the key that no header can carry. */
export function headersOf(config: CoinrankingConfig, key: string): Record<string, string> {
  const accept = { accept: 'application/json' }
  const value = credentialHeader(key, 'key')
  if (config.access !== 'rapidapi') return { ...accept, 'x-access-token': value }
  // A proxy of one's own in between has another host than the API has at RapidAPI.
  const { host } = new URL(endpointOf(config))
  const api = host.endsWith('.rapidapi.com') ? host : new URL(endpoints.rapidapi).host
  return { ...accept, 'x-rapidapi-key': value, 'x-rapidapi-host': api }
}
