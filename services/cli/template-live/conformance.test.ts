import { describeFixtures, describeLiveAdapter } from '@data-weaver/adapters/conformance'
import { mySource } from './index.ts'

const message = (n: number) => JSON.stringify({ type: 'changed', seq: n, item: { id: `i${n}`, name: `Item ${n}` } })

// What every live adapter has to pass: ends, resuming, gaps, lost connections, limits, secrets. The suite runs a real WebSocket server.
describeLiveAdapter({
  adapter: mySource,
  scenarios: [
    {
      name: 'a channel that goes on from a number',
      transport: 'websocket',
      secretNames: ['key'],
      resumes: true,
      config: (origin, knobs) => ({ endpoint: `${origin}/v1/live`, channel: 'items', ...knobs }),
      authorised: ({ url, headers }, { key }) =>
        headers.authorization === `Bearer ${key}` && url.pathname === '/v1/live' && url.searchParams.get('channel') === 'items',
      ready: () => true,
      message,
      from({ url }) {
        const since = url.searchParams.get('since')
        return since === null ? undefined : Number(since) + 1
      },
      keys: (n) => [[`i${n}`]],
      malformed: ['{"seq": 2, ', 'plain', Buffer.from('{"caf\u00e9": 1}', 'latin1'), '', '5', '{"item": {"name": "no id"}}'],
      oversized: (bytes) => JSON.stringify({ item: { id: 'large', name: 'x'.repeat(bytes) } }),
    },
  ],
})

// Segments as the source really gave them, and the documents that they have to become.
describeFixtures(mySource, new URL('fixtures/', import.meta.url))
