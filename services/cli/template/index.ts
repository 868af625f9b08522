import { type AnswerReading, answerJson, below, credentialHeader, endpointProblems } from '@data-weaver/adapters/kit'
import { invalidConfig, malformedAnswer, numberedPages, redaction, statusError } from '@data-weaver/adapters/kit'
import { type Adapter, type AdapterContext, type HttpResponse, type Json, type Page, WeaverError } from '@data-weaver/contracts'
import { itemsOf, nextOf, records } from './records.ts'
import { defaultEndpoint, MySourceConfig, MySourceSecrets } from './schema.ts'

/** Largest page that is accepted, bytes. */
const maxBytes = 4 * 1024 * 1024

export const mySource: Adapter<typeof MySourceConfig, typeof MySourceSecrets> = {
  id: 'my-source',
  summary: 'Items of a list, from an API that gives them page by page.',
  mode: 'poll',
  config: MySourceConfig,
  secrets: MySourceSecrets,
  example: { list: 'items' },
  validate(config) {
    const problems = endpointProblems(config.endpoint, defaultEndpoint, 'key')
    if (problems.length > 0) throw invalidConfig(problems)
  },
  pages,
  records,
}

/** All input and output. Each page is committed with its checkpoint before the next one is asked for. */
async function* pages(context: AdapterContext<MySourceConfig>): AsyncGenerator<Page> {
  const { config, http, clock } = context
  const key = context.secret('key')
  const reading: AnswerReading = { clock, redact: redaction([key]) }
  const headers = { accept: 'application/json', 'x-api-key': credentialHeader(key, 'key') }
  const list = below(config.endpoint ?? defaultEndpoint, config.list)
  const ask = async (at: number) => {
    const url = new URL(list)
    url.searchParams.set('page', String(at))
    const response = await http.request({ url, headers, maxBytes })
    const failure = statusError(response, reading)
    if (failure !== undefined) throw failure
    const next = nextOf(readable(response, reading))
    if (next !== undefined && next <= at) throw new WeaverError('source_loop', `Page ${at} says that page ${next} is next.`)
    return { response, next }
  }
  yield* numberedPages(context, { list: list.href, first: 1, ask })
}

/** What `records` could not read is refused before it is stored. */
function readable(response: HttpResponse, reading: AnswerReading): Json {
  const answer = answerJson(response, reading)
  try {
    itemsOf(answer)
  } catch (error) {
    if (error instanceof WeaverError) throw malformedAnswer(response, reading, error.message)
    throw error
  }
  return answer
}
