import { type Clock, type ErrorCode, type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, statusError } from '../src/answer.ts'
import { decodeJson } from '../src/exact-json.ts'
import { lookup } from '../src/path.ts'
import { shortLine } from '../src/redaction.ts'
import { retryAfterMs } from '../src/retry-after.ts'
import type { IqairConfig } from './schema.ts'

interface Failure {
  readonly code: ErrorCode
  readonly means: string
  /** Milliseconds to wait when the answer does not say: the length of the window whose limit was reached. */
  readonly window?: number
}

/** IQAir's own names for what went wrong, in lower case with `_` for spaces. They say more than the status, which is at times 200. */
export const failures: Readonly<Record<string, Failure>> = {
  incorrect_api_key: { code: 'auth_failed', means: 'the key is not one of IQAir' },
  api_key_expired: { code: 'auth_failed', means: 'the key has expired' },
  forbidden: { code: 'auth_failed', means: 'the key may not do this' },
  permission_denied: { code: 'auth_failed', means: 'the plan of the key does not include this' },
  payment_required: { code: 'auth_failed', means: 'the plan of the key is not paid' },
  feature_not_available: { code: 'auth_failed', means: 'the plan of the key does not include this' },
  city_not_found: { code: 'source_not_found', means: 'there is no such city' },
  no_nearest_station: { code: 'source_not_found', means: 'there is no station near the place' },
  device_not_found: { code: 'source_not_found', means: 'there is no such monitor, or it is not published' },
  ip_location_failed: { code: 'source_not_found', means: 'the place of the request is not known; set `lat` and `lon`' },
  call_limit_reached: { code: 'rate_limited', means: 'too many calls in a minute', window: 60_000 },
  too_many_requests: { code: 'rate_limited', means: 'too many calls in a second', window: 1_000 },
  // A run that waited for these would wait for hours or weeks. It fails, and a later tick finds the quota new.
  call_per_day_limit_reached: { code: 'quota_exhausted', means: 'the calls of the day are used up' },
  call_per_month_limit_reached: { code: 'quota_exhausted', means: 'the calls of the month are used up' },
}

/** A monitor is asked thirty times an hour at most, by everybody together; the count begins anew with the hour. */
const hourMs = 3_600_000

/** The error of an answer that is not a success, whatever its status; undefined when it does not say that it failed. */
export function failureOf(response: HttpResponse, reading: AnswerReading, resource: IqairConfig['resource']): WeaverError | undefined {
  const byStatus = statusError(response, reading)
  const said = failureMessage(response, resource)
  if (said === undefined) return byStatus
  const message = shortLine(said, reading.redact)
  const known = failures[said.toLowerCase().replaceAll(/\s+/g, '_')]
  const code = known?.code ?? byStatus?.code ?? 'source_rejected'
  const wait =
    retryAfterMs(response.headers, reading.clock) ?? (code === 'rate_limited' ? windowOf(resource, known, reading.clock) : undefined)
  const explained = known === undefined ? '' : ` (${known.means})`
  return new WeaverError(code, `IQAir answered ${response.status}: ${message}${explained}`, {
    upstreamCode: message,
    ...(wait === undefined || !['rate_limited', 'source_unavailable'].includes(code) ? {} : { retryAfterMs: wait }),
  })
}

/** How long until there are new calls, where the answer does not say it. */
const windowOf = (resource: IqairConfig['resource'], known: Failure | undefined, clock: Clock): number | undefined =>
  resource === 'node' ? hourMs - (clock.now() % hourMs) : known?.window

/**
 * The message of `{"status":"fail","data":{"message":…}}`. A gateway in front of the API answers `{"message":…}` alone, and what is asked for
 * a monitor names the failure in `code`.
 */
function failureMessage(response: HttpResponse, resource: IqairConfig['resource']): string | undefined {
  let answer: Json
  try {
    answer = decodeJson(response.body, response.headers['content-type'])
  } catch {
    return undefined
  }
  const status = lookup(answer, ['status'])
  if (status === 'success') return undefined
  const code = resource === 'node' ? lookup(answer, ['code']) : undefined
  if (typeof code === 'string' && code.trim() !== '') return code.trim()
  const message = lookup(answer, ['data', 'message']) ?? (typeof status === 'string' ? undefined : lookup(answer, ['message']))
  if (typeof message === 'string' && message.trim() !== '') return message.trim()
  return status === 'fail' || status === 'error' ? status : undefined
}
