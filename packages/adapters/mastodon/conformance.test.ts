import { describeLiveAdapter, type LiveAnswer, type LiveRequest, type LiveScenario } from '../src/conformance/live.ts'
import { mastodon } from './index.ts'

const post = (n: number) => ({
  id: String(n),
  created_at: '2026-01-02T03:04:05.678Z',
  content: `<p>post ${n} gr&uuml;&szlig;e</p>`,
  account: {},
})
const message = (stream: readonly string[], event: string, payload: string) => JSON.stringify({ stream, event, payload })
const events = (event: string, data: string) => `event: ${event}\ndata: ${data}\n\n`
const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** The posts of a timeline, from number 1 on, with the links that a server gives. */
function timeline(path: string, query: Readonly<Record<string, string>>) {
  return ({ url, headers }: LiveRequest, published: number): LiveAnswer | undefined => {
    if (!url.pathname.startsWith('/api/v1/timelines/')) return undefined
    const given = Object.fromEntries(url.searchParams)
    if (url.pathname !== path || Object.entries(query).some(([name, value]) => given[name] !== value)) return { status: 404, body: {} }
    if (headers.authorization === undefined) return { status: 401, body: { error: 'The access token is invalid' } }
    const after = given.min_id === undefined ? published - 1 : Number(given.min_id)
    const ids = Array.from({ length: published }, (_, index) => index + 1).filter((n) => n > after)
    const some = ids.slice(0, Math.min(2, Number(given.limit)))
    const base = `${url.origin}${path}?limit=${given.limit}`
    const link = `<${base}&max_id=${some[0]}>; rel="next", <${base}&min_id=${some.at(-1)}>; rel="prev"`
    return { headers: some.length === 0 ? {} : { link }, body: some.toReversed().map(post) }
  }
}

const one: LiveScenario = {
  name: 'one stream over a WebSocket',
  transport: 'websocket',
  secretNames: ['token'],
  resumes: true,
  config: (origin, knobs) => ({ server: origin.replace('ws', 'http'), streams: [{ type: 'hashtag:local', tag: 'Climate' }], ...knobs }),
  authorised: ({ url, headers }, { token }) =>
    headers.authorization === `Bearer ${token}` &&
    url.pathname === '/api/v1/streaming' &&
    url.search === '?stream=hashtag%3Alocal&tag=climate',
  answer: timeline('/api/v1/timelines/tag/climate', { local: 'true' }),
  message: (n) => message(['hashtag:local', 'climate'], 'update', JSON.stringify(post(n))),
  from: () => undefined,
  keys: (n) => [[String(n)]],
  malformed: [
    '{"event": "update", ',
    'plain',
    latin1('{"event": "update", "payload": "caf\u00e9"}'),
    '',
    '5',
    '{"stream": ["public"]}',
    '{"event": "update"}',
    message(['public'], 'update', '{"id": "5'),
    message(['public'], 'update', '[]'),
    message(['public'], 'status.update', '{"content": "no id"}'),
    message(['public'], 'delete', ''),
  ],
  oversized: (bytes) => message(['public'], 'update', JSON.stringify({ ...post(99), content: 'x'.repeat(bytes) })),
}

const several: LiveScenario = {
  ...one,
  name: 'several streams over a WebSocket',
  config: (origin, knobs) => ({
    server: origin.replace('ws', 'http'),
    streaming: origin,
    streams: [{ type: 'list', list: '7' }, { type: 'user' }],
    ...knobs,
  }),
  authorised: ({ url, headers }, { token }) => headers.authorization === `Bearer ${token}` && url.search === '',
  ready: ({ said }) =>
    said.length === 2 &&
    said[0] === '{"type":"subscribe","stream":"list","list":"7"}' &&
    said[1] === '{"type":"subscribe","stream":"user"}',
  answer(request, published) {
    // Nothing happens in the other: posts of one timeline have an order, those of several have none.
    if (request.url.pathname === '/api/v1/timelines/home') return { body: [] }
    return timeline('/api/v1/timelines/list/7', {})(request, published)
  },
  message: (n) => message(['list', '7'], 'update', JSON.stringify(post(n))),
}

const served: LiveScenario = {
  ...one,
  name: 'server-sent events',
  transport: 'sse',
  config: (origin, knobs) => ({ server: origin, transport: 'sse', streams: [{ type: 'public:local' }], ...knobs }),
  authorised: ({ url, headers }, { token }) =>
    headers.authorization === `Bearer ${token}` && url.pathname === '/api/v1/streaming/public/local' && url.search === '',
  answer: timeline('/api/v1/timelines/public', { local: 'true' }),
  message: (n) => `:thump\n${events('notification', '{}')}${events('update', JSON.stringify(post(n)))}`,
  malformed: [
    events('update', '{"id": "5'),
    events('update', 'plain'),
    latin1(events('update', '{"id": "9", "content": "caf\u00e9"}')),
    events('status.update', '[1]'),
    events('delete', ' '),
  ],
  oversized: (bytes) => events('update', JSON.stringify({ ...post(99), content: 'x'.repeat(bytes) })),
}

describeLiveAdapter({ adapter: mastodon, scenarios: [one, several, served] })
