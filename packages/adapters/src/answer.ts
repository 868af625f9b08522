import { type Clock, type ErrorCode, type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { decodeJson } from './exact-json.ts'
import { excerpt, type Redaction } from './redaction.ts'
import { retryAfterMs } from './retry-after.ts'

/** What the errors of an answer need besides the answer. */
export interface AnswerReading {
  readonly clock: Clock
  /** Takes the secrets of the request out of what the source says. */
  readonly redact: Redaction
}

/** What an answer's status means, in order: the first that holds. Also the table in the adapters' pages. */
export const statusMeanings: readonly { readonly when: string; readonly code: ErrorCode; holds(response: Answered): boolean }[] = [
  {
    when: '429, or 403 with `Retry-After` or with no request left (`X-RateLimit-Remaining: 0`)',
    code: 'rate_limited',
    holds: ({ status, headers }) =>
      status === 429 || (status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining']?.trim() === '0')),
  },
  { when: '401, 403', code: 'auth_failed', holds: ({ status }) => status === 401 || status === 403 },
  { when: '404, 410', code: 'source_not_found', holds: ({ status }) => status === 404 || status === 410 },
  { when: '408, 425, 5xx', code: 'source_unavailable', holds: ({ status }) => status >= 500 || status === 408 || status === 425 },
  { when: 'any other but 2xx', code: 'source_rejected', holds: ({ status }) => status < 200 || status >= 300 },
]

type Answered = Pick<HttpResponse, 'status' | 'headers'>

/** The error that the status stands for, with how long to wait when the source said so; undefined for 2xx. */
export function statusError(response: HttpResponse, reading: AnswerReading): WeaverError | undefined {
  const meaning = statusMeanings.find(({ holds }) => holds(response))
  if (meaning === undefined) return undefined
  const wait = retryAfterMs(response.headers, reading.clock)
  const said = excerpt(response.body, reading.redact)
  const message = `${asked(response, reading)} answered ${response.status}${said === '' ? '' : `: ${said}`}`
  return new WeaverError(meaning.code, message, wait === undefined ? {} : { retryAfterMs: wait })
}

/** The JSON of an answer. @throws WeaverError `source_malformed` saying what came instead. */
export function answerJson(response: HttpResponse, reading: AnswerReading): Json {
  try {
    return decodeJson(response.body, response.headers['content-type'])
  } catch (error) {
    if (!(error instanceof WeaverError)) throw error
    throw malformedAnswer(response, reading, error.message)
  }
}

/** `source_malformed` with the problem, the content type and the beginning of the body. */
export function malformedAnswer(response: HttpResponse, reading: AnswerReading, problem: string): WeaverError {
  const said = excerpt(response.body, reading.redact)
  const kind = /^<(?:!doctype\s+html|html|head|body)\b/i.test(said)
    ? 'an HTML page'
    : (response.headers['content-type'] ?? 'no content type')
  const came = said === '' ? '' : ` What came (${reading.redact(kind)}): ${said}`
  return new WeaverError('source_malformed', `${asked(response, reading)}: ${problem}${came}`)
}

const longestUrl = 300

/** Method and URL as the egress recorded them, without the query, where a source's own tokens may be. */
function asked(response: HttpResponse, { redact }: AnswerReading): string {
  const { method, url } = response.facts.request
  return `${method} ${redact(url.replace(/[?#].*$/s, '')).slice(0, longestUrl)}`
}
