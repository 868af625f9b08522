import type { Adapter, AdapterContext, Json, Page } from '@data-weaver/contracts'
import { type AnswerReading, malformedAnswer } from '../src/answer.ts'
import { invalidConfig } from '../src/config.ts'
import { endpointProblems } from '../src/endpoint.ts'
import { numberedPages } from '../src/numbered-pages.ts'
import { lookup } from '../src/path.ts'
import { redaction } from '../src/redaction.ts'
import { successOf } from './failure.ts'
import { problemOf, records } from './records.ts'
import { addressOf, headersOf } from './request.ts'
import { CoinrankingConfig, CoinrankingSecrets, defaultMaxPages, defaultPageSize, endpoints } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

/** Five thousand coins, the most that a page may have, are some four megabytes. */
const maxBytes = 16 * 1024 * 1024

export const coinranking: Adapter<typeof CoinrankingConfig, typeof CoinrankingSecrets> = {
  id: 'coinranking',
  summary: 'Prices, ranks and histories of cryptocurrencies from Coinranking, directly or by RapidAPI.',
  mode: 'poll',
  config: CoinrankingConfig,
  secrets: CoinrankingSecrets,
  example: { resource: 'coins', orderBy: 'marketCap', maxPages: 2 },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate(config) {
    const problems = endpointProblems(config.endpoint, endpoints.direct, 'key')
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

async function* pages(context: AdapterContext<CoinrankingConfig>): AsyncGenerator<Page> {
  const { config, http, clock } = context
  const key = context.secret('key')
  const reading: AnswerReading = { clock, redact: redaction([key]) }
  const headers = headersOf(config, key)
  const ask = async (offset: number) => {
    const response = await http.request({ url: addressOf(config, offset), headers, maxBytes })
    const answer = successOf(response, reading)
    const problem = problemOf(answer, config)
    if (problem !== undefined) throw malformedAnswer(response, reading, problem)
    return { response, next: nextOffset(config, offset, answer) }
  }
  yield* numberedPages(context, { list: addressOf(config, 0).href, first: 0, ask })
}

/** Ends where the total is reached; where the answer has none, at an empty page. A wrong total does not lead past an empty page. */
function nextOffset(config: CoinrankingConfig, offset: number, answer: Json): number | undefined {
  if (config.resource !== 'coins') return undefined
  const { pageSize = defaultPageSize, maxPages = defaultMaxPages } = config
  const next = offset + pageSize
  const coins = lookup(answer, ['data', 'coins']) as readonly Json[]
  if (coins.length === 0 || next >= pageSize * maxPages) return undefined
  const total = Number(lookup(answer, ['data', 'stats', 'total']) ?? NaN)
  return next >= total ? undefined : next
}
