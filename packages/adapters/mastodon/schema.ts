import Type, { type Static } from 'typebox'
import { connectionFields, reconnectField, segmentField } from '../src/live/fields.ts'

const strict = { additionalProperties: false } as const
const { Optional } = Type

export const defaults = {
  transport: 'websocket',
  boosts: 'exclude',
  openMs: 30_000,
  idleMs: 90_000,
  maxMessageBytes: 1024 * 1024,
  fill: { posts: 4000, lookbackMs: 60_000 },
} as const

const tag = Type.String({
  pattern: '^[^\\s#?&/,]{1,200}$',
  description: 'The hashtag, without `#`. Case makes no difference.',
  examples: ['climate'],
})
const list = Type.String({ pattern: '^[A-Za-z0-9]{1,64}$', description: 'Id of the list.', examples: ['12249'] })

const TimelineField = Type.Union([
  Type.Object({ type: Type.Literal('public', { description: 'All public posts that the server knows of.' }) }, strict),
  Type.Object({ type: Type.Literal('public:local', { description: 'The public posts of the server itself.' }) }, strict),
  Type.Object({ type: Type.Literal('hashtag', { description: 'Public posts with a hashtag.' }), tag }, strict),
  Type.Object({ type: Type.Literal('hashtag:local', { description: 'Public posts of the server itself with a hashtag.' }), tag }, strict),
  Type.Object({ type: Type.Literal('list', { description: 'Posts of a list of the account that the token is of.' }), list }, strict),
  Type.Object({ type: Type.Literal('user', { description: 'The home timeline of the account that the token is of.' }) }, strict),
])
/** One of the streams of a server, and the timeline that it is the live end of. */
export type TimelineField = Static<typeof TimelineField>

const url = (schemes: string, description: string, example: string) =>
  Type.String({ pattern: `^(?:${schemes})://[^\\s?#]+$`, maxLength: 2048, description, examples: [example] })

export const MastodonConfig = Type.Object(
  {
    server: url('https?', 'Base URL of the server.', 'https://mastodon.example'),
    streaming: Optional(
      url(
        'https?|wss?',
        'Base URL of its streaming server, where it has another one: `configuration.urls.streaming` in the answer to `/api/v2/instance`. Default: `server`.',
        'wss://streaming.mastodon.example',
      ),
    ),
    transport: Optional(
      Type.Enum(['websocket', 'sse'], {
        default: defaults.transport,
        description: 'How to listen: over a WebSocket, which carries all streams, or to server-sent events, which carry one.',
      }),
    ),
    streams: Type.Array(TimelineField, {
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      description: 'What to listen to. More than one needs a WebSocket.',
      examples: [[{ type: 'hashtag', tag: 'climate' }, { type: 'public:local' }]],
    }),
    boosts: Optional(
      Type.Enum(['exclude', 'include'], {
        default: defaults.boosts,
        description:
          'Whether a boost becomes a document of its own, with the content of the post that is boosted. It is stored in any case.',
      }),
    ),
    fill: Optional(
      Type.Object(
        {
          posts: Optional(
            Type.Integer({
              minimum: 0,
              maximum: 100_000,
              default: defaults.fill.posts,
              description:
                'Most posts that are fetched for a gap of each stream, 40 in a request. What is beyond is recorded as missing. 0: none.',
            }),
          ),
          lookbackMs: Optional(
            Type.Integer({
              minimum: 0,
              maximum: 3_600_000,
              default: defaults.fill.lookbackMs,
              description:
                'So much before the last post the fetching begins, in milliseconds: a post of another server that arrives late has an id of the time when it was written. Only where ids tell the time, as those of Mastodon do.',
            }),
          ),
        },
        { ...strict, description: 'How the posts are fetched that came while nobody listened.' },
      ),
    ),
    ...connectionFields({
      defaults,
      idle: {
        minimum: 300,
        maximum: 3_600_000,
        description:
          "Longest silence before the connection is taken for lost, in milliseconds. Answers to pings, which are sent three times as often, and the server's own heartbeats are no silence.",
      },
    }),
    segment: segmentField,
    reconnect: reconnectField,
  },
  {
    ...strict,
    description: 'What to listen to on which server.',
    examples: [
      { server: 'https://mastodon.example', streams: [{ type: 'public:local' }, { type: 'hashtag', tag: 'climate' }] },
      { server: 'https://mastodon.example', transport: 'sse', streams: [{ type: 'user' }], boosts: 'include' },
    ],
  },
)
export type MastodonConfig = Static<typeof MastodonConfig>

export const MastodonSecrets = Type.Object(
  {
    token: Type.String({
      description:
        'Access token of an application, sent as `Authorization: Bearer`. It needs the scope `read:statuses`, for lists `read:lists` too.',
    }),
  },
  { ...strict },
)
