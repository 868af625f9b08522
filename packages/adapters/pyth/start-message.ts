import { present, startEndpoint } from '../src/start-endpoint.ts'
import type { PythConfig } from './schema.ts'

const example = 'https://hermes.pyth.network/v2/updates/price/latest?ids[]=<id>'

/**
 * The configuration that a start message's `endpoint` means: the resource's URL, with its parameters in the query.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): PythConfig {
  const given = startEndpoint(text, example, { hosts: ['hermes.pyth.network'], keyNames: [] })
  const [, before, resource] = /^(.*?)\/v2\/(updates\/price\/latest|price_feeds)\/*$/.exec(given.url.pathname) ?? []
  const endpoint = `${given.origin}${before ?? ''}`
  if (resource === undefined) throw given.refused('must end in /v2/updates/price/latest or /v2/price_feeds')
  if (resource === 'price_feeds') {
    const config = { resource: 'feeds', endpoint, ...present({ query: given.text('query'), assetType: given.text('asset_type') }) } as const
    given.end()
    return config
  }
  const ids = [...given.list('ids[]'), ...given.list('ids')]
  // How the answer is written is for the adapter to say.
  for (const name of ['parsed', 'encoding']) given.drop(name)
  given.end()
  if (ids.length === 0) throw given.refused('has no `ids[]` in its query')
  return { resource: 'prices', endpoint, ids }
}
