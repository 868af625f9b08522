import type { IncomingMessage } from 'node:http'
import { WeaverError } from '@data-weaver/contracts'
import type { Clock, ErrorCode } from '@data-weaver/contracts'
import type { Hop } from './hop.ts'
import { failureOf } from './way.ts'
import type { Way } from './way.ts'

/** What is shown of a refusal's body. Characters. */
const EXCERPT_LENGTH = 120
/** What is read of it. Bytes. */
const EXCERPT_BYTES = 4096

function codeOf(status: number, headers: IncomingMessage['headers']): ErrorCode {
  if (status === 429) return 'rate_limited'
  if (status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0')) return 'rate_limited'
  if (status === 401 || status === 403) return 'auth_failed'
  if (status === 404 || status === 410) return 'source_not_found'
  return status >= 500 || status === 408 || status === 425 ? 'source_unavailable' : 'source_rejected'
}

/** Milliseconds that `Retry-After` asks for, given in seconds or as a date. */
function retryAfter(headers: IncomingMessage['headers'], clock: Clock): { readonly retryAfterMs?: number } {
  const text = headers['retry-after']?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return { retryAfterMs: Number(text) * 1000 }
  const at = Date.parse(text)
  // A date is meant by the source's clock, so it is measured from the source's own date.
  const now = Date.parse(headers.date ?? '')
  return Number.isNaN(at) ? {} : { retryAfterMs: Math.max(0, at - (Number.isNaN(now) ? clock.now() : now)) }
}

/** The error that an answer stands for that is no upgrade. Rejects with what went wrong while the beginning of its body was read. */
export async function refusedUpgrade(way: Way, hop: Hop, response: IncomingMessage): Promise<WeaverError> {
  const status = response.statusCode ?? 0
  const host = way.redactor.values(hop.url.host)
  const said = await beginning(response).catch((error: unknown) => {
    throw failureOf(way, error, { url: hop.url, answered: true })
  })
  const text = way.redactor
    .text(said)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH)
    .toWellFormed()
  const moved = status >= 300 && status < 400 ? ' WebSockets are not redirected: use the address that it leads to.' : ''
  return new WeaverError(
    codeOf(status, response.headers),
    `"${host}" answered ${status} instead of opening a WebSocket${text === '' ? '' : `: ${text}`}.${moved}`,
    retryAfter(response.headers, way.settings.clock),
  )
}

async function beginning(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response) {
    pieces.push(piece as Buffer)
    bytes += (piece as Buffer).length
    if (bytes >= EXCERPT_BYTES) break
  }
  return Buffer.concat(pieces).toString('utf8', 0, EXCERPT_BYTES)
}
