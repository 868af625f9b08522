import type { Adapter, AdapterContext, FieldProblem, Page } from '@data-weaver/contracts'
import { invalidConfig } from '../src/config.ts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { liveLimits } from '../src/live/connecting.ts'
import { livePages } from '../src/live/pages.ts'
import { Follower } from './follow.ts'
import { records } from './records.ts'
import { MastodonConfig, MastodonSecrets } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'
import { timelineOf } from './timeline.ts'

export const mastodon: Adapter<typeof MastodonConfig, typeof MastodonSecrets> = {
  id: 'mastodon',
  summary: 'Posts of a Mastodon server as they are written, edited and deleted: public, by hashtag, of a list, or of a home timeline.',
  mode: 'live',
  config: MastodonConfig,
  secrets: MastodonSecrets,
  example: { server: 'https://mastodon.example', streams: [{ type: 'public:local' }, { type: 'hashtag', tag: 'climate' }] },
  startMessage: { config: configOfEndpoint, secret: 'token' },
  validate(config) {
    const problems = [...problemsOf(config)]
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

function pages(context: AdapterContext<MastodonConfig>): AsyncIterable<Page> {
  const follower = new Follower(context)
  return livePages(context, {
    // Streams may be added and taken away: each has a position of its own.
    of: fingerprintOf({ server: context.config.server }),
    ...liveLimits(context.config),
    connect: (position) => follower.connect(position),
  })
}

function* problemsOf({ server, streaming, transport, streams, reconnect }: MastodonConfig): Generator<FieldProblem> {
  for (const [name, text] of Object.entries({ server, streaming })) {
    const url = text === undefined ? undefined : URL.parse(text)
    const field = `config.${name}`
    if (url === null) yield { field, problem: 'is not a URL', hint: 'For example https://mastodon.example.' }
    else if (url !== undefined && (url.username !== '' || url.password !== ''))
      yield { field, problem: 'has credentials in it', hint: 'The access token goes into `secrets.token`.' }
  }
  if (transport === 'sse' && streams.length > 1) {
    const hint = 'Use `"transport": "websocket"`, or a stream of its own for each.'
    yield { field: 'config.streams', problem: 'has more than the one that server-sent events carry', hint }
  }
  const keys = streams.map((stream) => timelineOf(stream).key)
  for (const [index, key] of keys.entries())
    if (keys.indexOf(key) < index) yield { field: `config.streams.${index}`, problem: 'is there twice' }
  const { minMs, maxMs } = reconnect ?? {}
  if (minMs !== undefined && maxMs !== undefined && minMs > maxMs)
    yield { field: 'config.reconnect.minMs', problem: 'is more than `config.reconnect.maxMs`' }
}
