import { type HttpResponse, type Json, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson, statusError } from '../../src/answer.ts'
import { parseJson } from '../../src/exact-json.ts'
import { lookup } from '../../src/path.ts'
import { shortLine } from '../../src/redaction.ts'

/**
 * The JSON of an answer to a request for a token.
 * @throws WeaverError `auth_failed` when the source refuses (400, 401, 403), with its own name for it; else what the status stands for.
 */
export function tokenAnswer(response: HttpResponse, reading: AnswerReading, what: string): Json {
  refuse(response, reading, what)
  return answerJson(response, reading)
}

/** As {@link tokenAnswer}, where the body does not matter. */
export function refuse(response: HttpResponse, reading: AnswerReading, what: string): void {
  const refusal = statusError(response, reading)
  if (refusal === undefined) return
  if (![400, 401, 403].includes(response.status) || refusal.code === 'rate_limited') throw refusal
  const said = jsonOf(response)
  const name = lookup(said, ['error'])
  const words = lookup(said, ['error_description'])
  const upstreamCode = typeof name === 'string' ? shortLine(name, reading.redact) : undefined
  const description = typeof words === 'string' ? `: ${shortLine(words, reading.redact)}` : ''
  throw new WeaverError(
    'auth_failed',
    `${what} was refused (${response.status}${upstreamCode === undefined ? '' : `, ${upstreamCode}`})${description}`,
    {
      cause: refusal,
      ...(upstreamCode === undefined ? {} : { upstreamCode }),
    },
  )
}

function jsonOf(response: HttpResponse): Json {
  try {
    return parseJson(new TextDecoder().decode(response.body))
  } catch {
    return null
  }
}

/** How long a token may be used from now on, in milliseconds: what the answer says in seconds, else the default. */
export function lifetimeMs(expiresIn: Json | undefined, defaultMs: number): number {
  const seconds = typeof expiresIn === 'string' && /^\d{1,10}$/.test(expiresIn) ? Number(expiresIn) : expiresIn
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : defaultMs
}

/** A token as it may stand in a header. */
export function readToken(value: Json | undefined, place: string, what: string): string {
  if (typeof value === 'string' && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) return value
  throw new WeaverError('source_malformed', `The answer to ${what} has no token at ${place}.`)
}
