import { type Adapter, type AdapterContext, type HttpResponse, type Page, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, malformedAnswer } from '../src/answer.ts'
import { invalidConfig } from '../src/config.ts'
import { credentialHeader } from '../src/credential-header.ts'
import { below, endpointProblems } from '../src/endpoint.ts'
import { numberedPages } from '../src/numbered-pages.ts'
import { redaction } from '../src/redaction.ts'
import { failureOf } from './failure.ts'
import { feedId } from './feed-id.ts'
import { rawRecords, records } from './records.ts'
import { defaultEndpoint, PythConfig, PythSecrets } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

/** All feeds there are make one or two megabytes. */
const maxBytes = 16 * 1024 * 1024

/** Ids in one request: with 71 characters each they fill a URL of 3.5 kB, and the usual limit is 8. */
const idsAtOnce = 50

export const pyth: Adapter<typeof PythConfig, typeof PythSecrets> = {
  id: 'pyth',
  summary: 'Prices of crypto, currencies, shares and metals from the Pyth network, by its Hermes servers.',
  mode: 'poll',
  config: PythConfig,
  secrets: PythSecrets,
  example: {
    resource: 'prices',
    ids: ['e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43'],
    symbols: { e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43: 'BTC/USD' },
  },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate(config) {
    const problems = endpointProblems(config.endpoint, defaultEndpoint, 'key')
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

async function* pages(context: AdapterContext<PythConfig>): AsyncGenerator<Page> {
  const { config } = context
  const key = context.secret('key')
  const reading: AnswerReading = { clock: context.clock, redact: redaction([key]) }
  const headers = { accept: 'application/json', authorization: credentialHeader(`Bearer ${key}`, 'key') }
  const base = config.endpoint ?? defaultEndpoint
  const read = async (url: URL, ids: readonly string[]): Promise<HttpResponse> => {
    const response = await context.http.request({ url, headers, maxBytes })
    const failure = failureOf(response, reading, ids)
    if (failure !== undefined) throw failure
    expectRecords(response, config, reading)
    return response
  }
  if (config.resource === 'feeds') {
    const url = below(base, 'v2/price_feeds')
    if (config.query !== undefined) url.searchParams.set('query', config.query)
    if (config.assetType !== undefined) url.searchParams.set('asset_type', config.assetType)
    yield* numberedPages(context, {
      list: { base, url: url.href },
      first: 0,
      ask: async () => ({ response: await read(url, []), next: undefined }),
    })
    return
  }
  const ids = [...new Set(config.ids.map(feedId))]
  const ask = async (at: number) => {
    const some = ids.slice(at, at + idsAtOnce)
    const url = below(base, 'v2/updates/price/latest')
    for (const id of some) url.searchParams.append('ids[]', id)
    url.searchParams.set('parsed', 'true')
    const next = at + idsAtOnce < ids.length ? at + idsAtOnce : undefined
    // An unknown id is named by its place in the configuration, and the others of the request are not to blame.
    return { response: await read(url, config.ids), next }
  }
  yield* numberedPages(context, { list: { base, ids }, first: 0, ask })
}

/** What `records` could not read is refused before it is stored. */
function expectRecords(response: HttpResponse, config: PythConfig, reading: AnswerReading): void {
  const answer = answerJson(response, reading)
  try {
    rawRecords(answer, config)
  } catch (error) {
    if (error instanceof WeaverError) throw malformedAnswer(response, reading, error.message)
    throw error
  }
}
