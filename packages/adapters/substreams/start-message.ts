import { present, startEndpoint } from '../src/start-endpoint.ts'
import type { SubstreamsConfig } from './schema.ts'

const example =
  'https://mainnet.eth.streamingfast.io?package=<url of the .spkg>&module=map_transfers&records=transfers&key=trx_hash,log_index'

/** A key that no two records of a chain share. */
const anyKey = ['_block.number', '_index']

/**
 * The configuration that a start message's `endpoint` means: the address of the endpoint, with what to follow in the query.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): SubstreamsConfig {
  const given = startEndpoint(text, example, { hosts: [], keyNames: ['token', 'api_key', 'apiKey', 'api-key'] })
  const url = given.text('package')
  const module = given.text('module')
  if (url === undefined) throw given.refused('has no `package` in its query')
  if (module === undefined) throw given.refused('has no `module` in its query')
  const keys = given.list('key')
  const start = given.text('start')
  if (start !== undefined && !/^-?\d{1,15}$/.test(start)) throw given.refused('has a `start` that is not a whole number')
  const params = given.text('params')
  const final = given.text('final')
  if (final !== undefined && final !== 'true' && final !== 'false') throw given.refused('has a `final` that is neither true nor false')
  const optional = present({
    startBlock: start === undefined ? undefined : Number(start),
    stopBlock: given.integer('stop'),
    records: given.text('records'),
    network: given.text('network'),
    params: params === undefined ? undefined : { [module]: params },
    finalBlocksOnly: final === undefined ? undefined : final === 'true',
  })
  given.end()
  return {
    endpoint: `${given.url.origin}${given.url.pathname.replace(/\/+$/, '')}`,
    package: { from: 'url', url },
    module,
    primaryKey: keys.length === 0 ? anyKey : keys,
    ...optional,
  }
}
