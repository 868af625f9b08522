import type { Adapter, AdapterContext, Page } from '@data-weaver/contracts'
import { bitcoin, defaultEndpoint, PythSecrets } from '../pyth/schema.ts'
import { invalidConfig } from '../src/config.ts'
import { endpointProblems } from '../src/endpoint.ts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { liveLimits } from '../src/live/connecting.ts'
import { livePages } from '../src/live/pages.ts'
import { Listener } from './listen.ts'
import { records } from './records.ts'
import { PythStreamConfig } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

export const pythStream: Adapter<typeof PythStreamConfig, typeof PythSecrets> = {
  id: 'pyth-stream',
  summary: 'Prices from the Pyth network as they are published, by its Hermes servers: the latest of each feed, several a second.',
  mode: 'live',
  config: PythStreamConfig,
  secrets: PythSecrets,
  example: { ids: [bitcoin], symbols: { [bitcoin]: 'BTC/USD' } },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate({ endpoint, reconnect: { minMs, maxMs } = {} }) {
    const problems = endpointProblems(endpoint, defaultEndpoint, 'key')
    if (minMs !== undefined && maxMs !== undefined && minMs > maxMs)
      problems.push({ field: 'config.reconnect.minMs', problem: 'is more than `config.reconnect.maxMs`' })
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

function pages(context: AdapterContext<PythStreamConfig>): AsyncIterable<Page> {
  return livePages(context, {
    // Feeds may be added and taken away: each has a latest price of its own.
    of: fingerprintOf({ endpoint: context.config.endpoint ?? defaultEndpoint }),
    ...liveLimits(context.config),
    connect: async (position) => await new Listener(context, position).connect(),
  })
}
