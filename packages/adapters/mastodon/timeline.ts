import { below } from '../src/endpoint.ts'
import type { MastodonConfig, TimelineField } from './schema.ts'

/** A stream of a server and its timeline. */
export interface Timeline {
  /** Names it in the checkpoint, and as messages name it: `hashtag:local climate`. */
  readonly key: string
  /** What a subscription over a WebSocket says, and the query of one. */
  readonly subscription: Readonly<Record<string, string>>
  /** Below the streaming server, for server-sent events. */
  readonly eventsPath: string
  readonly eventsQuery: Readonly<Record<string, string>>
  /** Below the server, for what came before. */
  readonly postsPath: string
  readonly postsQuery: Readonly<Record<string, string>>
}

export function timelineOf(field: TimelineField): Timeline {
  const local = field.type.endsWith(':local')
  const postsQuery = local ? { local: 'true' } : ({} as Record<string, string>)
  const path = field.type.replace(':', '/')
  switch (field.type) {
    case 'public':
    case 'public:local':
      return timeline(field.type, {}, path, 'public', postsQuery)
    case 'hashtag':
    case 'hashtag:local': {
      // Servers name it in lower case, whatever it was asked for in.
      const tag = field.tag.toLowerCase()
      return timeline(field.type, { tag }, path, `tag/${encodeURIComponent(tag)}`, postsQuery)
    }
    case 'list':
      return timeline(field.type, { list: field.list }, path, `list/${encodeURIComponent(field.list)}`, postsQuery)
    case 'user':
      return timeline(field.type, {}, path, 'home', postsQuery)
  }
}

function timeline(
  stream: TimelineField['type'],
  of: Readonly<Record<string, string>>,
  eventsPath: string,
  postsPath: string,
  postsQuery: Readonly<Record<string, string>>,
): Timeline {
  return {
    key: keyOf([stream, ...Object.values(of)]),
    subscription: { stream, ...of },
    eventsPath: `api/v1/streaming/${eventsPath}`,
    eventsQuery: of,
    postsPath: `api/v1/timelines/${postsPath}`,
    postsQuery,
  }
}

/** The key of the timeline that a message is of: `["hashtag", "climate"]`. */
export const keyOf = (names: readonly string[]): string => names.join(' ').toLowerCase()

/** Where to listen: to the one timeline, or to those that are subscribed to later. */
export function listenUrl({ server, streaming = server, transport }: MastodonConfig, timelines: readonly Timeline[]): URL {
  const base = streaming.replace(/^ws(?=s?:)/i, 'http')
  const [only, ...others] = timelines
  const one = only !== undefined && others.length === 0 ? only : undefined
  const overEvents = transport === 'sse'
  const url = below(base, overEvents && one !== undefined ? one.eventsPath : 'api/v1/streaming')
  const query = (overEvents ? one?.eventsQuery : one?.subscription) ?? {}
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  if (!overEvents) url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}

/** The page of a timeline with the posts that come right behind an id, or with the newest ones. */
export function postsUrl(server: string, { postsPath, postsQuery }: Timeline, limit: number, after?: string): URL {
  const url = below(server, postsPath)
  for (const [name, value] of Object.entries(postsQuery)) url.searchParams.set(name, value)
  url.searchParams.set('limit', String(limit))
  if (after !== undefined) url.searchParams.set('min_id', after)
  return url
}
