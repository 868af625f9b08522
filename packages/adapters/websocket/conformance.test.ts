import { createHash } from 'node:crypto'
import { describeLiveAdapter, type LiveScenario } from '../src/conformance/live.ts'
import { websocket } from './index.ts'

const item = (n: number) => ({ id: n, name: `item ${n} grüße` })
const text = (value: unknown) => JSON.stringify(value)
const latin1 = Buffer.from('{"id": 99, "name": "caf\u00e9"}', 'latin1')

const subscribed: LiveScenario = {
  name: 'a subscription with a cursor, a bearer token',
  transport: 'websocket',
  secretNames: ['key'],
  resumes: true,
  config: (origin, knobs) => ({
    url: `${origin}/live`,
    auth: { type: 'bearer', secret: 'key' },
    open: [
      { send: { op: 'subscribe' }, when: 'start' },
      { send: { op: 'subscribe', after: '{{cursor}}' }, when: 'resume' },
    ],
    resume: { path: 'seq' },
    records: { path: 'item' },
    primaryKey: ['id'],
    pingMs: 100,
    ...knobs,
  }),
  authorised: ({ headers }, { key }) => headers.authorization === `Bearer ${key}` && headers['sec-websocket-extensions'] === undefined,
  ready: ({ said }) => said.length === 1,
  message: (n) => text({ seq: n, item: item(n) }),
  from({ said }) {
    const { after } = JSON.parse(said[0] ?? '{}') as { after?: number }
    return after === undefined ? undefined : after + 1
  },
  keys: (n) => [[n]],
  malformed: ['{"seq": 2, ', 'plain', latin1, '', '5', '{"seq": 2}', '{"item": {"name": "no id"}}'],
  oversized: (bytes) => text({ seq: 1, item: { id: 99, name: 'x'.repeat(bytes) } }),
}

const addressed: LiveScenario = {
  ...subscribed,
  name: 'a cursor in the address, bytes, a key in the query, no pings',
  config: (origin, knobs) => ({
    url: `${origin}/live?kind=a%20b`,
    auth: { type: 'query', name: 'api_key', secret: 'key' },
    resume: { path: 'seq', parameter: 'since', start: 0 },
    records: { path: 'item' },
    primaryKey: ['name', 'id'],
    pingMs: 0,
    ...knobs,
  }),
  authorised: ({ url }, { key }) => url.searchParams.get('api_key') === key && url.searchParams.get('kind') === 'a b',
  ready: () => true,
  message: (n) => Buffer.from(text({ seq: n, item: item(n) })),
  from: ({ url }) => Number(url.searchParams.get('since')) + 1,
  keys: (n) => [[item(n).name, n]],
}

const plain: LiveScenario = {
  ...subscribed,
  name: 'text that cannot go on, logged in by a message',
  resumes: false,
  config: (origin, knobs) => ({
    url: origin,
    open: [{ send: 'login {{secret.key}}' }, { send: 'go' }],
    format: 'text',
    pingMs: 100,
    ...knobs,
  }),
  authorised: () => true,
  ready: ({ said }) => said.length === 2,
  message: (n) => `line ${n}`,
  from: () => undefined,
  keys: (n) => [[createHash('sha256').update(`line ${n}`).digest('hex').slice(0, 32)]],
  malformed: [latin1],
  oversized: (bytes) => 'x'.repeat(bytes + 1),
}

describeLiveAdapter({ adapter: websocket, scenarios: [subscribed, addressed, plain] })
