import { type StartEndpoint, startEndpoint } from '../src/start-endpoint.ts'
import type { MastodonConfig, TimelineField } from './schema.ts'

const example = 'https://mastodon.example/api/v1/streaming/hashtag?tag=climate'
const streamTypes = ['public', 'public:local', 'hashtag', 'hashtag:local', 'list', 'user'] as const

/**
 * The configuration that a start message's `endpoint` means: the address of a stream as its documentation has it, over server-sent events
 * (`/api/v1/streaming/hashtag?tag=climate`) or a WebSocket (`wss:`, `/api/v1/streaming?stream=public`), or of the server alone.
 * @throws WeaverError `invalid_config` naming `endpoint`.
 */
export function configOfEndpoint(text: string): MastodonConfig {
  const given = startEndpoint(text.replace(/^ws(?=s?:\/\/)/i, 'http'), example, { hosts: [], keyNames: ['access_token'] })
  const [, before, path] = /^(.*?)\/api\/v1\/streaming(?:\/(.*?))?\/*$/.exec(given.url.pathname) ?? []
  if (before === undefined && given.path.length > 0) throw given.refused('must end in /api/v1/streaming, or be that of the server')
  const overWebSocket = path === undefined || path === ''
  const type = overWebSocket ? (given.text('stream') ?? 'public') : path.replace('/', ':')
  const config: MastodonConfig = {
    server: `${given.origin}${before ?? ''}`,
    transport: overWebSocket ? 'websocket' : 'sse',
    streams: [streamOf(type, given)],
  }
  given.end()
  return config
}

function streamOf(text: string, given: StartEndpoint): TimelineField {
  const type = streamTypes.find((one) => one === text)
  const needed = (name: string): string => {
    const value = given.text(name)
    if (value === undefined) throw given.refused(`has no \`${name}\` in its query`)
    return value
  }
  switch (type) {
    case undefined:
      throw given.refused(`has a stream that is not known here; there are ${streamTypes.join(', ')}`)
    case 'hashtag':
    case 'hashtag:local':
      return { type, tag: needed('tag').replace(/^#/, '') }
    case 'list':
      return { type, list: needed('list') }
    default:
      return { type }
  }
}
