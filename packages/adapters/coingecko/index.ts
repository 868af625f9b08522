import { type Adapter, type AdapterContext, type Json, type Page, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, malformedAnswer } from '../src/answer.ts'
import { invalidConfig } from '../src/config.ts'
import { credentialHeader } from '../src/credential-header.ts'
import { endpointProblems } from '../src/endpoint.ts'
import { numberedPages } from '../src/numbered-pages.ts'
import { redaction } from '../src/redaction.ts'
import { successOf } from './failure.ts'
import { problemOf, records } from './records.ts'
import { addressOf } from './request.ts'
import { CoingeckoConfig, CoingeckoSecrets, defaultMaxPages, defaultPageSize, plans } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

/** A page of markets is some hundred kilobytes, the longest chart about one megabyte. */
const maxBytes = 16 * 1024 * 1024

export const coingecko: Adapter<typeof CoingeckoConfig, typeof CoingeckoSecrets> = {
  id: 'coingecko',
  summary: 'Prices, market data and charts of cryptocurrencies from CoinGecko.',
  mode: 'poll',
  config: CoingeckoConfig,
  secrets: CoingeckoSecrets,
  example: { resource: 'simple_price', ids: ['bitcoin', 'ethereum'], currencies: ['usd', 'eur'] },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate(config) {
    const problems = endpointProblems(config.endpoint, plans.demo.endpoint, 'key')
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

async function* pages(context: AdapterContext<CoingeckoConfig>): AsyncGenerator<Page> {
  const { config, http, clock } = context
  const key = context.secret('key')
  const reading: AnswerReading = { clock, redact: redaction([key]) }
  const headers = { accept: 'application/json', [plans[config.plan ?? 'demo'].header]: credentialHeader(key, 'key') }
  const last = lastPage(config)
  const ask = async (at: number) => {
    const response = await http.request({ url: addressOf(config, at), headers, maxBytes })
    const answer = successOf(response, reading)
    const problem = problemOf(answer, config)
    if (problem !== undefined) throw malformedAnswer(response, reading, problem)
    if (config.resource === 'simple_price') expectCoins(context, config.ids, answer)
    // Short pages are no end: only an empty one is.
    const more = Array.isArray(answer) && answer.length > 0 && at < last
    return { response, next: more ? at + 1 : undefined }
  }
  yield* numberedPages(context, { list: addressOf(config, 0).href, first: 1, ask })
}

/** Coins that are named fill so many pages and no more; to ask for an empty one after them would double the calls of many a stream. */
function lastPage(config: CoingeckoConfig): number {
  if (config.resource !== 'markets') return 1
  const { ids, pageSize = defaultPageSize, maxPages = defaultMaxPages } = config
  return Math.min(maxPages, ids === undefined ? Infinity : Math.ceil(new Set(ids).size / pageSize))
}

/** CoinGecko leaves out the coins that it does not know, and calls that a success. */
function expectCoins({ log }: AdapterContext<CoingeckoConfig>, ids: readonly string[], answer: Json): void {
  const unknown = ids.filter((id) => !Object.hasOwn(answer as object, id))
  if (unknown.length === 0) return
  if (unknown.length < ids.length) {
    log.warn({ ids: unknown.slice(0, 20) }, 'the source does not know some of the coins')
    return
  }
  const hint = 'An id is what CoinGecko calls the coin (`bitcoin`), not its symbol.'
  throw new WeaverError('source_not_found', 'CoinGecko knows none of the coins', {
    errors: [{ field: 'config.ids', problem: 'are no ids of coins', hint }],
  })
}
