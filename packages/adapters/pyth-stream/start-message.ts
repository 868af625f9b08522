import { startEndpoint } from '../src/start-endpoint.ts'
import type { PythStreamConfig } from './schema.ts'

const example = 'https://hermes.pyth.network/v2/updates/price/stream?ids[]=<id>'

/**
 * The configuration that a start message's `endpoint` means: the URL of the stream, or that of the WebSocket, with the feeds in its query.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): PythStreamConfig {
  const given = startEndpoint(text.replace(/^ws(?=s?:\/\/)/i, 'http'), example, { hosts: ['hermes.pyth.network'], keyNames: [] })
  const [, before, path] = /^(.*?)\/(v2\/updates\/price\/stream|ws)\/*$/.exec(given.url.pathname) ?? []
  if (path === undefined) throw given.refused('must end in /v2/updates/price/stream or /ws')
  const ids = [...given.list('ids[]'), ...given.list('ids')]
  // How it is written is for the adapter to say.
  for (const name of ['parsed', 'encoding', 'allow_unordered']) given.drop(name)
  given.end()
  if (ids.length === 0) throw given.refused('has no `ids[]` in its query')
  return { endpoint: `${given.origin}${before ?? ''}`, transport: path === 'ws' ? 'websocket' : 'sse', ids }
}
