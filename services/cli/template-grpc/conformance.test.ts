import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describeFixtures, describeLiveAdapter } from '@data-weaver/adapters/conformance'
import { ChangeSchema, FollowRequestSchema } from './gen/items_pb.ts'
import { mySource } from './index.ts'

const change = (n: number, item: { id?: string; name?: string } | undefined = { id: `i${n}`, name: `Item ${n}` }) =>
  toBinary(ChangeSchema, create(ChangeSchema, { seq: BigInt(n), ...(item === undefined ? {} : { item }) }))

// What every live adapter has to pass: ends, resuming, gaps, lost connections, limits, secrets. The suite runs a real gRPC server.
describeLiveAdapter({
  adapter: mySource,
  scenarios: [
    {
      name: 'a channel that goes on from a number',
      transport: 'grpc',
      secretNames: ['key'],
      resumes: true,
      config: (origin, knobs) => ({ endpoint: origin, channel: 'items', ...knobs }),
      authorised: ({ url, headers }, { key }) => headers.authorization === `Bearer ${key}` && url.pathname === '/items.v1.Items/Follow',
      message: change,
      // The request of the call, in base64.
      from({ said: [request = ''] }) {
        const { since } = fromBinary(FollowRequestSchema, Buffer.from(request, 'base64'))
        return since === undefined ? undefined : Number(since) + 1
      },
      keys: (n) => [[`i${n}`]],
      malformed: [change(0, {}), change(0, { name: 'no id' }), new Uint8Array()],
      oversized: (bytes) => change(0, { id: 'large', name: 'x'.repeat(bytes) }),
    },
  ],
})

// Segments as the source really gave them, and the documents that they have to become.
describeFixtures(mySource, new URL('fixtures/', import.meta.url))
