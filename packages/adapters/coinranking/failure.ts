import { type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, statusError } from '../src/answer.ts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { shortLine } from '../src/redaction.ts'
import { retryAfterMs } from '../src/retry-after.ts'

type Headers = HttpResponse['headers']

/** When RapidAPI begins to count the requests of the plan anew, in seconds from now: weeks, at times. */
const quotaReset = 'x-ratelimit-requests-reset'

/**
 * The JSON of a success. An answer with status 200 may say that it is none.
 * @throws WeaverError as the status says; `quota_exhausted` for a 429 that is the quota of the plan; `source_malformed` for what cannot
 * be read.
 */
export function successOf(response: HttpResponse, reading: AnswerReading): Json {
  // Whatever failed, it is not to wait for the next month: the reset of the quota means something for the quota only.
  const { [quotaReset]: _, ...headers } = response.headers
  const byStatus = statusError({ ...response, headers }, reading)
  if (byStatus === undefined) {
    const answer = answerJson(response, reading)
    const said = refusalIn(answer)
    if (said === undefined) return answer
    throw refusal('source_rejected', said, response, reading)
  }
  const said = refusalIn(jsonOrNull(response))
  if (isQuota(response, said)) throw quotaExhausted(said, response, reading)
  throw said === undefined ? byStatus : refusal(byStatus.code, said, response, reading, byStatus.retryAfterMs)
}

interface Refusal {
  /** Coinranking's name for it (`COIN_NOT_FOUND`); RapidAPI has none. */
  readonly type: string | undefined
  readonly message: string
}

/**
 * Two limits come as 429. A burst is over in a second or a minute. The quota of the plan is over in weeks: a run that tries again uses up what
 * is charged beyond it. RapidAPI says which by the requests that are left, and where it leaves that out, in words.
 */
function isQuota({ status, headers }: HttpResponse, said: Refusal | undefined): boolean {
  if (status !== 429) return false
  const left = headers['x-ratelimit-requests-remaining']?.trim() ?? ''
  return /^(?:0|-\d+)$/.test(left) || /\b(?:daily|monthly)\s+quota\b/i.test(said?.message ?? '')
}

function quotaExhausted(said: Refusal | undefined, response: HttpResponse, reading: AnswerReading): WeaverError {
  const { headers } = response
  const wait = retryAfterMs(only(headers, quotaReset), reading.clock)
  const limit = /^\d{1,15}$/.exec(headers['x-ratelimit-requests-limit']?.trim() ?? '')?.[0]
  const means = `the ${limit === undefined ? '' : `${limit} `}requests of the plan are used up${wait === undefined ? '' : `, for ${duration(wait)}`}`
  return refusal('quota_exhausted', said ?? { type: undefined, message: 'too many requests' }, response, reading, wait, means)
}

/** As people say it: whole days, else hours, else minutes. */
function duration(milliseconds: number): string {
  const minutes = Math.max(1, Math.round(milliseconds / 60_000))
  if (minutes < 120) return `${minutes} minutes`
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`
}

const only = (headers: Headers, name: string): Headers => {
  const value = headers[name]
  return { ...(value === undefined ? {} : { [name]: value }), ...(headers.date === undefined ? {} : { date: headers.date }) }
}

function refusal(
  code: WeaverError['code'],
  said: Refusal,
  response: HttpResponse,
  reading: AnswerReading,
  wait?: number,
  means = response.status === 403 && code === 'auth_failed'
    ? 'is the key subscribed to this API, and is this part of its plan?'
    : undefined,
): WeaverError {
  const message = shortLine(said.message, reading.redact)
  const type = said.type === undefined ? undefined : shortLine(said.type, reading.redact)
  const text = `Coinranking answered ${response.status}: ${type === undefined ? '' : `${type}, `}${message}${means === undefined ? '' : ` (${means})`}`
  const limits = ['rate_limited', 'quota_exhausted', 'source_unavailable'].includes(code)
  return new WeaverError(code, text, { upstreamCode: type ?? message, ...(wait === undefined || !limits ? {} : { retryAfterMs: wait }) })
}

/** `{"status":"fail","type":…,"message":…}`. RapidAPI in front of it answers `{"message":…}` alone. */
function refusalIn(answer: Json): Refusal | undefined {
  const status = lookup(answer, ['status'])
  if (status === 'success') return undefined
  const message = lookup(answer, ['message'])
  const type = lookup(answer, ['type'])
  const named = typeof type === 'string' && type.trim() !== '' ? type.trim() : undefined
  if (typeof message === 'string' && message.trim() !== '') return { type: named, message: message.trim() }
  return named !== undefined || status === 'fail' || status === 'error' ? { type: named, message: 'no message' } : undefined
}

function jsonOrNull(response: HttpResponse): Json {
  try {
    return decodeJson(response.body, response.headers['content-type'])
  } catch {
    return null
  }
}
