import {
  type Adapter,
  type AdapterContext,
  type Page,
  type Rec,
  type RecordProblem,
  type StoredPage,
  WeaverError,
} from '@data-weaver/contracts'
import { type AnswerReading, answerJson, malformedAnswer } from '../src/answer.ts'
import { invalidConfig, missingSecrets } from '../src/config.ts'
import { below, endpointProblems } from '../src/endpoint.ts'
import { decodeJson } from '../src/exact-json.ts'
import { redaction } from '../src/redaction.ts'
import { failureOf } from './failure.ts'
import { problemOf, recordsOf } from './records.ts'
import { defaultEndpoint, defaultNodeEndpoint, IqairConfig, IqairSecrets, keyDescription } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

/** A few kilobytes are usual, a hundred for the history of a monitor; what is larger is not an answer of this API. */
const maxBytes = 1024 * 1024

export const iqair: Adapter<typeof IqairConfig, typeof IqairSecrets> = {
  id: 'iqair',
  summary: 'Air quality and weather of a city, a station or a monitor, and what cities and stations there are, from IQAir (AirVisual).',
  mode: 'poll',
  config: IqairConfig,
  secrets: IqairSecrets,
  example: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate,
  pages,
  records,
}

function validate(config: IqairConfig, secretNames: readonly string[]): void {
  const problems = endpointProblems(config.endpoint, config.resource === 'node' ? defaultNodeEndpoint : defaultEndpoint, 'key')
  if (
    (config.resource === 'nearest_city' || config.resource === 'nearest_station') &&
    (config.lat === undefined) !== (config.lon === undefined)
  ) {
    const missing = config.lat === undefined ? 'lat' : 'lon'
    problems.push({ field: `config.${missing}`, problem: 'is missing', hint: 'A place has both `lat` and `lon`.' })
  }
  if (problems.length > 0) throw invalidConfig(problems)
  if (config.resource !== 'node' && !secretNames.includes('key')) throw missingSecrets(['key'], () => keyDescription)
}

async function* pages(context: AdapterContext<IqairConfig>): AsyncGenerator<Page> {
  const { config, http, clock } = context
  // A published monitor is asked without a key, so none is shown to it.
  const key = config.resource === 'node' ? undefined : context.secret('key')
  const reading: AnswerReading = { clock, redact: redaction(key === undefined ? [] : [key]) }
  const response = await http.request({ url: addressOf(config, key), headers: { accept: 'application/json' }, maxBytes })
  const failure = failureOf(response, reading, config.resource)
  if (failure !== undefined) throw failure
  const problem = problemOf(answerJson(response, reading), config)
  if (problem !== undefined) throw malformedAnswer(response, reading, problem)
  yield { body: response.body, ...response.facts, last: true }
}

function addressOf(config: IqairConfig, key: string | undefined): URL {
  if (config.resource === 'node') return below(config.endpoint ?? defaultNodeEndpoint, config.id)
  const { resource, endpoint, ...parameters } = config
  const url = below(endpoint ?? defaultEndpoint, resource)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value))
  if (key !== undefined) url.searchParams.set('key', key)
  return url
}

function* records(page: StoredPage, config: IqairConfig): Generator<Rec | RecordProblem> {
  const answer = decodeJson(page.body, page.response.headers['content-type'])
  const problem = problemOf(answer, config)
  if (problem !== undefined) throw new WeaverError('source_malformed', problem)
  yield* recordsOf(answer, config)
}
