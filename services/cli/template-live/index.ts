import { credentialHeader, endpointProblems, fingerprintOf, invalidConfig } from '@data-weaver/adapters/kit'
import { type LiveConnection, liveLimits, type LiveMessage, livePages } from '@data-weaver/adapters/kit'
import type { Adapter, AdapterContext, Json, Page, WebSocketConnection } from '@data-weaver/contracts'
import { positionOf, records } from './records.ts'
import { defaults, MySourceConfig, MySourceSecrets } from './schema.ts'

export const mySource: Adapter<typeof MySourceConfig, typeof MySourceSecrets> = {
  id: 'my-source',
  summary: 'Items of a channel as they change, from an API that sends them over a WebSocket.',
  mode: 'live',
  config: MySourceConfig,
  secrets: MySourceSecrets,
  example: { channel: 'items' },
  validate(config) {
    const problems = endpointProblems(config.endpoint, defaults.endpoint, 'key')
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

/** Segments of what is heard, each with its checkpoint. Connects again when the connection is lost, and goes on behind the last message. */
function pages(context: AdapterContext<MySourceConfig>): AsyncIterable<Page> {
  const { endpoint, channel } = context.config
  return livePages(context, {
    of: fingerprintOf({ endpoint, channel }),
    ...liveLimits(context.config),
    connect: (position) => connect(context, position),
  })
}

async function connect(context: AdapterContext<MySourceConfig>, position: Json | undefined): Promise<LiveConnection> {
  const { config, http } = context
  const url = new URL(config.endpoint ?? defaults.endpoint)
  url.searchParams.set('channel', config.channel)
  const resumed = typeof position === 'number'
  if (resumed) url.searchParams.set('since', String(position))
  const connection = await http.websocket({
    url,
    headers: { authorization: credentialHeader(`Bearer ${context.secret('key')}`, 'key') },
    idleTimeoutMs: config.idleMs ?? defaults.idleMs,
    pingMs: defaults.pingMs,
    maxMessageBytes: config.maxMessageBytes ?? defaults.maxMessageBytes,
  })
  return { facts: connection.facts, messages: messagesOf(context, connection), resumed, close: () => connection.close() }
}

async function* messagesOf({ clock }: AdapterContext, connection: WebSocketConnection): AsyncGenerator<LiveMessage> {
  for await (const data of connection.messages) yield { at: clock.now(), data, position: positionOf(data) }
}
