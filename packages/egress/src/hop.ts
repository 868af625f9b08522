import { WeaverError } from '@data-weaver/contracts'
import type { HttpRequest, WebSocketRequest } from '@data-weaver/contracts'
import { acceptedEncodings } from './decoding.ts'
import { isSensitiveHeader } from './redaction.ts'
import type { Redactor } from './redaction.ts'

/** One request to one URL; a redirect makes another. */
export interface Hop {
  readonly method: string
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

/** All headers of a request together. Bytes. */
const MAX_REQUEST_HEADER_BYTES = 32 * 1024
const MAX_URL_LENGTH = 16 * 1024

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Tab, space and what is printable in Latin-1: anything else (CR and LF above all) would end the header or be cut. */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers that say how the connection is used: whoever could set them could make two requests of one, or name another host. */
const ownHeaders = new Set(
  'connection content-length expect host http2-settings keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
)

/** CONNECT would open a tunnel, TRACE would show what proxies add. */
const methods = new Set<string>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'])

const wrong = (message: string) => new WeaverError('invalid_config', message)

export function checkUrl(url: URL, redactor: Redactor): void {
  const host = redactor.values(url.host)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new WeaverError('egress_refused', `Only http: and https: addresses can be reached, not ${redactor.values(url.protocol)}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new WeaverError(
      'egress_refused',
      `The URL for "${host}" holds a user name or a password: send them as an Authorization header from a secret`,
    )
  }
  if (url.href.length > MAX_URL_LENGTH) throw wrong(`The URL for "${host}" is longer than ${MAX_URL_LENGTH} characters`)
}

function readHeaders(
  given: HttpRequest['headers'],
  defaults: Readonly<Record<string, string>>,
  redactor: Redactor,
): Record<string, string> {
  const headers: Record<string, string> = { ...defaults }
  let bytes = 0
  const seen = new Set<string>()
  for (const [written, value] of Object.entries(given ?? {})) {
    const name = written.toLowerCase()
    const shown = redactor.values(JSON.stringify(written))
    if (!headerName.test(written)) throw wrong(`The request header name ${shown} holds characters that a header name cannot have`)
    if (ownHeaders.has(name)) throw wrong(`The request header ${shown} cannot be set: it belongs to the connection`)
    if (seen.has(name)) throw wrong(`The request header ${shown} is given twice`)
    if (typeof value !== 'string' || !headerValue.test(value)) {
      throw wrong(`The value of the request header ${shown} holds characters that a header cannot carry, such as a line break`)
    }
    seen.add(name)
    headers[name] = value
    bytes += name.length + value.length
  }
  if (bytes > MAX_REQUEST_HEADER_BYTES) throw wrong(`The request headers are larger than ${MAX_REQUEST_HEADER_BYTES} bytes`)
  return headers
}

/** The first hop of a request. @throws WeaverError `invalid_config` or `egress_refused` when it may not be sent as it is. */
export function firstHop(request: HttpRequest, userAgent: string, redactor: Redactor): Hop {
  const url = typeof request.url === 'string' ? URL.parse(request.url) : URL.parse(request.url.href)
  if (url === null) throw wrong(`"${redactor.text(String(request.url)).slice(0, 200)}" is not a URL`)
  checkUrl(url, redactor)
  url.hash = ''
  const defaults = { 'user-agent': userAgent, accept: '*/*', 'accept-encoding': acceptedEncodings }
  const method = request.method ?? 'GET'
  if (!methods.has(method)) throw wrong(`The method ${redactor.values(JSON.stringify(method))} cannot be used`)
  const body = request.body === undefined || request.body.length === 0 ? null : request.body
  return { method, url, headers: readHeaders(request.headers, defaults, redactor), body }
}

/**
 * The handshake of a WebSocket. Its URL comes out as `http:` or `https:`, which is what is connected to.
 * @throws WeaverError `invalid_config` or `egress_refused` when it may not be sent as it is.
 */
export function handshakeHop(request: WebSocketRequest, userAgent: string, redactor: Redactor): Hop {
  const written = String(request.url)
  const url = URL.parse(written.replace(/^ws(?=s?:)/i, 'http'))
  if (url === null) throw wrong(`"${redactor.text(written).slice(0, 200)}" is not a URL`)
  checkUrl(url, redactor)
  url.hash = ''
  const own = Object.keys(request.headers ?? {}).find((name) => name.toLowerCase().startsWith('sec-websocket-'))
  if (own !== undefined)
    throw wrong(`The request header ${redactor.values(JSON.stringify(own))} cannot be set: it belongs to the handshake`)
  const protocols = request.protocols ?? []
  if (protocols.some((protocol) => !headerName.test(protocol)) || new Set(protocols).size < protocols.length) {
    throw wrong(`A subprotocol for "${redactor.values(url.host)}" is given twice or holds characters that it cannot have`)
  }
  return { method: 'GET', url, headers: readHeaders(request.headers, { 'user-agent': userAgent }, redactor), body: null }
}

const redirects = new Set([301, 302, 303, 307, 308])

/** Where the answer says to go instead, if it says so. */
export function redirectTarget(status: number, headers: Readonly<Record<string, string>>): string | undefined {
  return redirects.has(status) ? headers['location'] : undefined
}

const isCredential = (name: string, value: string, redactor: Redactor) => isSensitiveHeader(name) || redactor.holdsSecret(value)

const bodyText = (body: Hop['body']) =>
  body === null ? '' : typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')

function targetUrl(location: string, from: URL, redactor: Redactor): URL {
  // Headers are read as Latin-1; a Location with letters outside ASCII is UTF-8 in practice.
  const utf8 = Buffer.from(location, 'latin1').toString('utf8')
  const url = URL.parse(utf8.includes('\ufffd') ? location : utf8, from.href)
  if (url === null) throw new WeaverError('source_malformed', `"${redactor.values(from.host)}" redirects to something that is not a URL`)
  checkUrl(url, redactor)
  url.hash = ''
  return url
}

/**
 * The hop that a redirect leads to. Another origin gets no credentials: no header that is known to hold one, none that holds a
 * secret of the stream, and no body that does (that is refused: the source cannot mean it). A step from https to http is refused as soon as
 * anything secret was sent or would be.
 */
export function nextHop(hop: Hop, status: number, location: string, redactor: Redactor): Hop {
  const url = targetUrl(location, hop.url, redactor)
  const toGet = (status === 303 && hop.method !== 'HEAD') || ((status === 301 || status === 302) && hop.method === 'POST')
  const method = toGet ? 'GET' : hop.method
  const body = toGet ? null : hop.body
  const names = Object.keys(hop.headers).filter((name) => !(toGet && name.startsWith('content-')))
  const keep = (kept: readonly string[]) => Object.fromEntries(kept.map((name) => [name, hop.headers[name] as string]))
  if (url.origin === hop.url.origin) return { method, url, headers: keep(names), body }

  const from = redactor.values(hop.url.host)
  const to = redactor.values(url.host)
  const harmless = names.filter((name) => !isCredential(name, hop.headers[name] as string, redactor))
  const bodyHoldsSecret = redactor.holdsSecret(bodyText(body))
  if (bodyHoldsSecret)
    throw new WeaverError('egress_refused', `"${from}" redirects a request whose body holds a secret to another origin, "${to}"`)
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    const secret = harmless.length < names.length || redactor.holdsSecret(hop.url.href) || redactor.holdsSecret(url.href)
    if (secret) throw new WeaverError('egress_refused', `"${from}" redirects from https to http ("${to}"), and the request holds a secret`)
  }
  return { method, url, headers: keep(harmless), body }
}

/**
 * Sends a request and follows where it leads. What a redirect answered is settled by `send`.
 * @throws WeaverError `source_loop` after more than `maxRedirects` redirects, and what `send` and {@link nextHop} throw.
 */
export async function follow<A extends { readonly status: number; readonly headers: Readonly<Record<string, string>> }>(
  first: Hop,
  maxRedirects: number,
  redactor: Redactor,
  send: (hop: Hop) => Promise<A>,
): Promise<{ readonly hop: Hop; readonly answer: A }> {
  let hop = first
  for (let count = 0; ; count += 1) {
    const answer = await send(hop)
    const location = redirectTarget(answer.status, answer.headers)
    if (location === undefined) return { hop, answer }
    if (count === maxRedirects) {
      throw new WeaverError('source_loop', `"${redactor.values(first.url.host)}" redirected more than ${maxRedirects} times`)
    }
    hop = nextHop(hop, answer.status, location, redactor)
  }
}
