import type { Adapter, FieldProblem, Page } from '@data-weaver/contracts'
import { invalidConfig } from '../src/config.ts'
import { endpointProblems } from '../src/endpoint.ts'
import { records } from './records.ts'
import { SubstreamsConfig, SubstreamsSecrets } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

export const substreams: Adapter<typeof SubstreamsConfig, typeof SubstreamsSecrets> = {
  id: 'substreams',
  summary: 'What a Substreams module makes of the blocks of a chain, as they come, forks included.',
  mode: 'live',
  config: SubstreamsConfig,
  secrets: SubstreamsSecrets,
  example: {
    endpoint: 'https://mainnet.eth.streamingfast.io',
    package: { from: 'url', url: 'https://packages.example.com/erc20-transfers-v0.1.0.spkg' },
    module: 'map_transfers',
    startBlock: 20_000_000,
    records: 'transfers',
    primaryKey: ['trx_hash', 'log_index'],
  },
  startMessage: { config: configOfEndpoint, secret: 'token' },
  validate,
  // The gRPC client is loaded by who follows a chain, not by who only knows that it can be done.
  async *pages(context): AsyncGenerator<Page> {
    const { pages } = await import('./pages.ts')
    yield* pages(context)
  },
  records,
}

function validate(config: SubstreamsConfig): void {
  const problems: FieldProblem[] = [...endpointProblems(config.endpoint, 'https://mainnet.eth.streamingfast.io', 'token')]
  const { package: source, startBlock, stopBlock } = config
  if (source.from === 'url' && URL.parse(source.url) === null) problems.push({ field: 'config.package.url', problem: 'is not a URL' })
  if (startBlock !== undefined && stopBlock !== undefined && startBlock >= stopBlock) {
    problems.push({ field: 'config.stopBlock', problem: 'is not above `startBlock`', hint: 'It is the first block that is not fetched.' })
  }
  if (problems.length > 0) throw invalidConfig(problems)
}
