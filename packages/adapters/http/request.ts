import type { HttpRequest } from '@data-weaver/contracts'
import type { Credentials } from './auth.ts'
import type { Position } from './checkpoint.ts'
import type { CursorValue } from './order.ts'
import { pageNumber, removeParameter } from './pagination.ts'
import type { HttpConfig } from './schema.ts'

/** The address of a page, without credentials. */
export function pageAddress(config: HttpConfig, at: Position | undefined, since: CursorValue | undefined): URL {
  if (at?.type === 'next') return new URL(at.url)
  const url = new URL(config.request.url)
  url.hash = ''
  const set = (name: string, value: string | number | boolean) => {
    removeParameter(url, name)
    addParameters(url, { [name]: String(value) })
  }
  for (const [name, value] of Object.entries(config.request.query ?? {})) set(name, value)
  const { pagination, incremental } = config
  if (pagination?.type === 'page') {
    if (pagination.size?.parameter !== undefined) set(pagination.size.parameter, pagination.size.value)
    set(pagination.parameter, pageNumber(pagination, at))
  }
  const from = since ?? incremental?.start
  if (incremental !== undefined && from !== undefined) set(incremental.parameter, from)
  if (config.auth?.type === 'query') removeParameter(url, config.auth.name)
  return url
}

/** Headers that any origin may see. All others of the configuration may be meant for one origin only. */
const harmless = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

export const isOwnOrigin = (config: HttpConfig, address: URL): boolean => address.origin === new URL(config.request.url).origin

/** The request for a page. Without credentials it is one to another origin. */
export function pageRequest(config: HttpConfig, address: URL, credentials: Credentials | undefined): HttpRequest {
  const { method, body, maxBytes, timeout } = config.request
  const own = credentials !== undefined
  const url = new URL(address)
  if (own) addParameters(url, credentials.query)
  const configured = Object.entries(config.request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    method: method ?? 'GET',
    url,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...Object.fromEntries(own ? configured : configured.filter(([name]) => harmless.has(name))),
      ...credentials?.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  }
}

function addParameters(url: URL, parameters: Readonly<Record<string, string>>): void {
  const added = new URLSearchParams(parameters).toString()
  if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`
}
