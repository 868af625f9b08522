import { credentialHeader, endpointProblems, fingerprintOf, invalidConfig, redaction } from '@data-weaver/adapters/kit'
import { type LiveConnection, liveLimits, livePages } from '@data-weaver/adapters/kit'
import { grpcLive } from '@data-weaver/adapters/kit/grpc'
import type { Adapter, AdapterContext, Json, Page } from '@data-weaver/contracts'
import { Items } from './gen/items_pb.ts'
import { records } from './records.ts'
import { defaults, MySourceConfig, MySourceSecrets } from './schema.ts'

export const mySource: Adapter<typeof MySourceConfig, typeof MySourceSecrets> = {
  id: 'my-source',
  summary: 'Items of a channel as they change, from a service that streams them over gRPC.',
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

/** Segments of what is heard, each with its checkpoint. Calls again when the connection is lost, and goes on behind the last change. */
function pages(context: AdapterContext<MySourceConfig>): AsyncIterable<Page> {
  const { endpoint, channel } = context.config
  return livePages(context, {
    of: fingerprintOf({ endpoint, channel }),
    ...liveLimits(context.config),
    connect: (position) => Promise.resolve(call(context, position)),
  })
}

function call(context: AdapterContext<MySourceConfig>, position: Json | undefined): LiveConnection {
  const { config } = context
  const key = context.secret('key')
  const resumed = typeof position === 'string'
  return grpcLive(context, {
    endpoint: config.endpoint ?? defaults.endpoint,
    method: Items.method.follow,
    request: { channel: config.channel, ...(resumed ? { since: BigInt(position) } : {}) },
    headers: { authorization: credentialHeader(`Bearer ${key}`, 'key') },
    redact: redaction([key]),
    resumed,
    // A number of 64 bits: as text it keeps every digit. A change without a number leaves the position where it is.
    positionOf: ({ seq }) => (seq === 0n ? undefined : String(seq)),
    idleMs: config.idleMs ?? defaults.idleMs,
    maxMessageBytes: config.maxMessageBytes ?? defaults.maxMessageBytes,
  })
}
