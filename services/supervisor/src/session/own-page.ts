import { WeaverError } from '@data-weaver/contracts'
import type { FastifyRequest } from 'fastify'

/** A header that a page can only send to its own server: for another one the browser asks first, and nobody there says yes. */
export const clientHeader = 'x-weaver-client'

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

type Asked = Pick<FastifyRequest, 'headers' | 'method' | 'host'>

/**
 * A browser sends the session along with whatever any page makes it ask for. So what changes something, and a WebSocket, which may be read
 * from anywhere, must come from a page of this server.
 * @throws WeaverError `forbidden`
 */
export function demandOwnPage(request: Asked): void {
  const isUpgrade = request.headers.upgrade !== undefined
  if (safe.has(request.method) && !isUpgrade) return
  refuseForeignPage(request)
  if (request.headers.origin === undefined && request.headers['sec-fetch-site'] === undefined)
    throw refusal(
      'the request does not say from which page it comes',
      'Programs send "Authorization: Bearer <token>" instead of a session.',
    )
  if (!isUpgrade && request.headers[clientHeader] === undefined)
    throw refusal('the header X-Weaver-Client is missing', 'Send X-Weaver-Client: 1 with requests that change something in a session.')
}

/** @throws WeaverError `forbidden` when the request says that it comes from the page of another server. */
export function refuseForeignPage({ headers, host }: Asked): void {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') throw refusal('the request comes from a page of another server')
  const { origin } = headers
  if (origin !== undefined && hostOf(origin) !== host) throw refusal('the request comes from a page of another server')
}

/** Only the host is compared: a proxy that ends TLS may not say that it did. */
const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

const refusal = (problem: string, way?: string): WeaverError =>
  new WeaverError('forbidden', way === undefined ? problem : `${problem}. ${way}`)
