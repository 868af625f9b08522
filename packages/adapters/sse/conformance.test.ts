import { describeLiveAdapter, type LiveScenario } from '../src/conformance/live.ts'
import { sse } from './index.ts'

const item = (n: number) => ({ id: n, name: `item ${n} grüße`, at: '2026-01-02T03:04:05Z' })
const block = (lines: Readonly<Record<string, string>>) =>
  `${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n\n`

const latin1 = Buffer.from(block({ data: '{"id": 99, "name": "caf\u00e9"}' }), 'latin1')

const numbered: LiveScenario = {
  name: 'events with ids, a bearer token',
  transport: 'sse',
  secretNames: ['key'],
  resumes: true,
  config: (origin, knobs) => ({ url: `${origin}/events`, auth: { type: 'bearer', secret: 'key' }, primaryKey: ['id'], ...knobs }),
  authorised: ({ headers }, { key }) => headers.authorization === `Bearer ${key}` && headers.accept === 'text/event-stream',
  message: (n) => block({ id: `é-${n}`, event: 'update', data: JSON.stringify(item(n)) }),
  from({ headers }) {
    const last = headers['last-event-id']
    return last === undefined ? undefined : Number(Buffer.from(String(last), 'latin1').toString('utf8').slice(2)) + 1
  },
  keys: (n) => [[n]],
  malformed: [block({ data: '{"id": 5' }), block({ data: 'plain' }), latin1, block({ data: '[1]' }), block({ data: '{"name": "no id"}' })],
  oversized: (bytes) => block({ data: JSON.stringify({ id: 99, name: 'x'.repeat(bytes) }) }),
}

const quiet: LiveScenario = {
  ...numbered,
  name: 'events without ids, lists in several lines, a key in the query',
  resumes: false,
  config: (origin, knobs) => ({
    url: `${origin}/events?kind=a%20b`,
    auth: { type: 'query', name: 'api_key', secret: 'key' },
    events: ['message'],
    records: { path: 'list' },
    primaryKey: ['name', 'id'],
    ...knobs,
  }),
  authorised: ({ url }, { key }) => url.searchParams.get('api_key') === key && url.searchParams.get('kind') === 'a b',
  message: (n) =>
    `: heartbeat\r\nevent: other\r\ndata: {}\r\n\r\ndata: {"list": [\r\ndata: ${JSON.stringify(item(n))},\r\ndata: ${JSON.stringify(item(n + 0.5))}]}\r\n\r\n`,
  from: () => undefined,
  keys: (n) => [n, n + 0.5].map((id) => [item(id).name, id]),
  malformed: [block({ data: '{"id": 5' }), latin1, block({ data: '{"items": []}' }), block({ data: '{"list": 5}' })],
}

const unkept: LiveScenario = {
  ...numbered,
  name: 'events with ids that the source does not go on from, text',
  resumes: false,
  secretNames: [],
  config: (origin, knobs) => ({ url: `${origin}/log`, format: 'text', resume: false, ...knobs }),
  authorised: ({ headers }) => headers['last-event-id'] === undefined,
  from: () => undefined,
  keys: (n) => [[`é-${n}`]],
  malformed: [latin1],
}

describeLiveAdapter({ adapter: sse, scenarios: [numbered, quiet, unkept] })
