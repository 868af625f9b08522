import {
  type Adapter,
  type AdapterContext,
  type Json,
  type JsonObject,
  type Page,
  type Rec,
  type RecordProblem,
  type StoredPage,
  WeaverError,
} from '@data-weaver/contracts'
import { type AnswerReading, answerJson, malformedAnswer } from '../src/answer.ts'
import { invalidConfig } from '../src/config.ts'
import { endpointProblems } from '../src/endpoint.ts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { redaction } from '../src/redaction.ts'
import { failureOf } from './failure.ts'
import { listRecord, nameOf } from './lists.ts'
import { defaultEndpoint, IqairConfig, IqairSecrets } from './schema.ts'
import { configOfEndpoint } from './start-message.ts'

/** A few hundred bytes are usual; what is larger is not an answer of this API. */
const maxBytes = 1024 * 1024

export const iqair: Adapter<typeof IqairConfig, typeof IqairSecrets> = {
  id: 'iqair',
  summary: 'Air quality and weather of a city, and what cities there are, from the AirVisual API of IQAir.',
  mode: 'poll',
  config: IqairConfig,
  secrets: IqairSecrets,
  example: { resource: 'nearest_city', lat: 40.4, lon: -3.7 },
  startMessage: { config: configOfEndpoint, secret: 'key' },
  validate,
  pages,
  records,
}

function validate(config: IqairConfig): void {
  const problems = endpointProblems(config.endpoint, defaultEndpoint, 'key')
  if (config.resource === 'nearest_city' && (config.lat === undefined) !== (config.lon === undefined)) {
    const missing = config.lat === undefined ? 'lat' : 'lon'
    problems.push({ field: `config.${missing}`, problem: 'is missing', hint: 'A place has both `lat` and `lon`.' })
  }
  if (problems.length > 0) throw invalidConfig(problems)
}

async function* pages(context: AdapterContext<IqairConfig>): AsyncGenerator<Page> {
  const { config, http, clock } = context
  const key = context.secret('key')
  const reading: AnswerReading = { clock, redact: redaction([key]) }
  const response = await http.request({ url: addressOf(config, key), headers: { accept: 'application/json' }, maxBytes })
  const failure = failureOf(response, reading)
  if (failure !== undefined) throw failure
  const problem = problemOf(answerJson(response, reading), config)
  if (problem !== undefined) throw malformedAnswer(response, reading, problem)
  yield { body: response.body, ...response.facts, last: true }
}

function addressOf(config: IqairConfig, key: string): URL {
  const url = new URL(`${(config.endpoint ?? defaultEndpoint).replace(/\/+$/, '')}/${config.resource}`)
  const { resource: _, endpoint: __, ...parameters } = config
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value))
  url.searchParams.set('key', key)
  return url
}

/** What is wrong with a success, as far as `records` needs to know it. */
function problemOf(answer: Json, config: IqairConfig): string | undefined {
  if (lookup(answer, ['status']) !== 'success') return 'The answer has no `status` "success".'
  const data = lookup(answer, ['data'])
  if (nameOf(config) !== undefined) return Array.isArray(data) ? undefined : 'The answer has no list `data`.'
  return isObject(data) ? undefined : 'The answer has no `data`.'
}

function* records(page: StoredPage, config: IqairConfig): Generator<Rec | RecordProblem> {
  const answer = decodeJson(page.body, page.response.headers['content-type'])
  const problem = problemOf(answer, config)
  if (problem !== undefined) throw new WeaverError('source_malformed', problem)
  if (nameOf(config) === undefined) yield cityRecord(lookup(answer, ['data']) as JsonObject)
  else for (const item of lookup(answer, ['data']) as readonly Json[]) yield listRecord(item, config)
}

function cityRecord(data: JsonObject): Rec | RecordProblem {
  const key: string[] = []
  for (const name of ['country', 'state', 'city']) {
    const value = data[name]
    if (typeof value !== 'string' || value === '') {
      return { problem: `the answer names no \`${name}\`` }
    }
    key.push(value)
  }
  return { key, fields: data }
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
