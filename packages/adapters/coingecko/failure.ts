import { type ErrorCode, type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, statusError } from '../src/answer.ts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { shortLine } from '../src/redaction.ts'
import { retryAfterMs } from '../src/retry-after.ts'

/** CoinGecko's own numbers for what went wrong. All others are HTTP statuses. */
export const failures: Readonly<Record<number, { readonly code: ErrorCode; readonly means: string }>> = {
  1020: { code: 'source_rejected', means: 'the firewall in front of CoinGecko refuses the address of the worker' },
  10002: { code: 'auth_failed', means: 'the key is missing, or in the header of another plan' },
  10005: { code: 'auth_failed', means: 'the plan of the key does not include this' },
  10010: { code: 'auth_failed', means: 'the key is not valid here; a key of a pro plan needs `plan` "pro"' },
  10011: { code: 'auth_failed', means: 'the key is not valid here; a key of a demo plan needs `plan` "demo"' },
  10012: { code: 'source_rejected', means: 'the plan of the key does not reach so far back; ask for fewer `days`' },
}

/** Calls are counted by the minute: how long to wait where a limit comes without saying so, in milliseconds. */
const windowMs = 60_000

/**
 * The JSON of a success. An answer with status 200 may be a refusal all the same.
 * @throws WeaverError as CoinGecko's own number says, else as the status does; `source_malformed` for what cannot be read.
 */
export function successOf(response: HttpResponse, reading: AnswerReading): Json {
  const byStatus = statusError(response, reading)
  if (byStatus === undefined) {
    const answer = answerJson(response, reading)
    const said = refusalIn(answer)
    if (said === undefined) return answer
    throw refusal(said, response, reading)
  }
  const said = refusalIn(jsonOrNull(response))
  throw said === undefined ? byStatus : refusal(said, response, reading, byStatus)
}

interface Refusal {
  readonly number: number | undefined
  readonly message: string
}

function refusal(said: Refusal, response: HttpResponse, reading: AnswerReading, byStatus?: WeaverError): WeaverError {
  const known = said.number === undefined ? undefined : failures[said.number]
  const asStatus = known !== undefined || said.number === undefined || said.number < 400 || said.number > 599 ? undefined : said.number
  const judged = asStatus === undefined ? byStatus : statusError({ ...response, status: asStatus }, reading)
  const code = known?.code ?? judged?.code ?? 'source_rejected'
  const message = shortLine(said.message, reading.redact)
  const name = said.number === undefined ? '' : ` ${said.number}`
  const explained = known === undefined ? '' : ` (${known.means})`
  const wait = retryAfterMs(response.headers, reading.clock) ?? (code === 'rate_limited' ? windowMs : undefined)
  return new WeaverError(code, `CoinGecko answered ${response.status}:${name} ${message}${explained}`, {
    upstreamCode: said.number === undefined ? message : String(said.number),
    ...(wait === undefined || !['rate_limited', 'source_unavailable'].includes(code) ? {} : { retryAfterMs: wait }),
  })
}

/**
 * `{"status":{"error_code":…,"error_message":…}}`, the same below `error`, or `{"error":"…"}`. There are coins with the id `status`, so a
 * number has to be there for it to be a refusal.
 */
function refusalIn(answer: Json): Refusal | undefined {
  for (const path of [['status'], ['error', 'status']]) {
    const number = lookup(answer, [...path, 'error_code'])
    if (typeof number !== 'number') continue
    const message = lookup(answer, [...path, 'error_message'])
    return { number, message: typeof message === 'string' ? message : 'no message' }
  }
  const error = lookup(answer, ['error'])
  return typeof error === 'string' ? { number: undefined, message: error } : undefined
}

function jsonOrNull(response: HttpResponse): Json {
  try {
    return decodeJson(response.body, response.headers['content-type'])
  } catch {
    return null
  }
}
