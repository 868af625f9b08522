import { describeLiveAdapter, type LiveScenario } from '../src/conformance/live.ts'
import { pythStream } from './index.ts'

/** A made up id: the number in hexadecimal, filled up with zeros. */
const idOf = (n: number): string => n.toString(16).padStart(64, '0')
const ids = Array.from({ length: 20 }, (_, index) => idOf(index + 1))
const amountOf = (n: number) => ({ price: '1234567', conf: '12', expo: -4, publish_time: 1_772_360_000 + n })
const priceOf = (n: number) => ({ id: idOf(n), price: amountOf(n), ema_price: amountOf(n), metadata: { slot: n } })
const event = (data: string) => `data:${data}\n\n`
const latin1 = (text: string) => Buffer.from(text, 'latin1')

const events: LiveScenario = {
  name: 'server-sent events',
  transport: 'sse',
  secretNames: ['key'],
  resumes: false,
  config: (origin, knobs) => ({ endpoint: `${origin}/hermes/`, ids: ids.map((id) => `0x${id.toUpperCase()}`), ...knobs }),
  authorised: ({ url, headers }, { key }) =>
    headers.authorization === `Bearer ${key}` &&
    url.pathname === '/hermes/v2/updates/price/stream' &&
    url.searchParams.getAll('ids[]').join() === ids.join() &&
    url.searchParams.get('parsed') === 'true',
  answer: ({ url }) => (url.pathname.endsWith('/latest') ? { body: { parsed: [] } } : undefined),
  message: (n) => `:\n\n${event(JSON.stringify({ binary: { encoding: 'hex', data: ['504e4155'] }, parsed: [priceOf(n)] }))}`,
  from: () => undefined,
  keys: (n) => [[idOf(n)]],
  malformed: [
    event('{"parsed": ['),
    event('plain'),
    latin1(event('{"parsed": [], "name": "caf\u00e9"}')),
    event('[]'),
    event('{"parsed": null}'),
    event('{"parsed": [{}]}'),
    event(JSON.stringify({ parsed: [{ ...priceOf(19), price: { ...amountOf(19), price: '1.5' } }] })),
  ],
  oversized: (bytes) => event(JSON.stringify({ binary: { data: ['5'.repeat(bytes)] }, parsed: [priceOf(20)] })),
}

const update = (price: object) => JSON.stringify({ type: 'price_update', price_feed: price })
const webSocket: LiveScenario = {
  ...events,
  name: 'a WebSocket',
  transport: 'websocket',
  config: (origin, knobs) => ({ endpoint: origin.replace('ws', 'http'), transport: 'websocket', ids, ...knobs }),
  authorised: ({ url, headers }, { key }) => headers.authorization === `Bearer ${key}` && url.pathname === '/ws',
  ready({ said }) {
    if (said.length === 0) return false
    const wanted = { verbose: true, binary: false, allow_out_of_order: false, ignore_invalid_price_ids: false }
    return said[0] === JSON.stringify({ type: 'subscribe', ids, ...wanted })
  },
  message: (n) => update(priceOf(n)),
  malformed: [
    '{"type": ',
    'plain',
    latin1('{"name": "caf\u00e9"}'),
    '',
    '5',
    '{"type": "price_update"}',
    update({}),
    update({ id: idOf(19) }),
  ],
  oversized: (bytes) => update({ ...priceOf(20), vaa: 'x'.repeat(bytes) }),
}

describeLiveAdapter({ adapter: pythStream, scenarios: [events, webSocket] })
