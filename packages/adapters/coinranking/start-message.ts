import { present, type StartEndpoint, startEndpoint } from '../src/start-endpoint.ts'
import { type CoinrankingConfig, endpoints } from './schema.ts'

const example = 'https://api.coinranking.com/v2/coins?limit=100'
const known = { hosts: Object.values(endpoints).map((endpoint) => new URL(endpoint).host), keyNames: ['x-access-token', 'rapidapi-key'] }

/**
 * The configuration that a start message's `endpoint` means: the resource's URL, with its parameters in the query. What its values may be is
 * for the schema to say.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): CoinrankingConfig {
  const given = startEndpoint(text, example, known)
  const config = resourceOf(given)
  given.end()
  return config as unknown as CoinrankingConfig
}

function resourceOf(given: StartEndpoint): object {
  const { path } = given
  const common = (segments: number) => ({
    ...(given.url.hostname.endsWith('.rapidapi.com') ? { access: 'rapidapi' } : {}),
    endpoint: [given.origin, ...path.slice(0, -segments).map(encodeURIComponent)].join('/'),
    ...present({ referenceCurrency: given.text('referenceCurrencyUuid'), timePeriod: given.text('timePeriod') }),
  })
  const [parent, last] = path.slice(-2)
  if (path.at(-3) === 'coin' && last === 'history') return { resource: 'history', ...common(3), uuid: parent }
  if (parent === 'coin') return { resource: 'coin', ...common(2), uuid: last }
  if (path.at(-1) !== 'coins') throw given.refused('must end in /coins, /coin/<uuid> or /coin/<uuid>/history')
  return {
    resource: 'coins',
    ...common(1),
    ...present({
      uuids: listOf(given, 'uuids'),
      symbols: listOf(given, 'symbols'),
      tags: listOf(given, 'tags'),
      search: given.text('search'),
      orderBy: given.text('orderBy'),
      orderDirection: given.text('orderDirection'),
      pageSize: given.integer('limit'),
    }),
  }
}

const listOf = (given: StartEndpoint, name: string): string[] => [...given.list(`${name}[]`), ...given.list(name)]
