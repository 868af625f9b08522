import type { Static } from 'typebox'
import { credentialHeader } from '../credential-header.ts'
import type { authField } from './fields.ts'

export type LiveAuth = NonNullable<Static<typeof authField>>

/** The request of a connection with its credentials. */
export interface Authorised {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Every text that must not be seen anywhere. */
  readonly hidden: readonly string[]
}

/**
 * Adds what `auth` says to an address and its headers (any case; lower case comes out).
 * @throws WeaverError `missing_secret`, or `invalid_config` naming a secret that no header can carry.
 */
export function authorise(
  auth: LiveAuth | undefined,
  address: URL,
  given: Readonly<Record<string, string>> | undefined,
  secret: (name: string) => string,
): Authorised {
  const url = new URL(address)
  url.hash = ''
  const headers = Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  if (auth === undefined) return { url, headers, hidden: [] }
  const value = secret(auth.secret)
  const hidden = [value]
  switch (auth.type) {
    case 'bearer':
      return { url, headers: { ...headers, authorization: credentialHeader(`Bearer ${value}`, auth.secret) }, hidden }
    case 'header':
      return {
        url,
        headers: { ...headers, [auth.name.toLowerCase()]: credentialHeader(`${auth.prefix ?? ''}${value}`, auth.secret) },
        hidden,
      }
    case 'query':
      return { url: withParameter(url, auth.name, value), headers, hidden }
  }
}

/** The address with one value of a query parameter, in the place of any that it had; the rest stays as it is written. */
export function withParameter(address: URL, name: string, value: string): URL {
  const url = new URL(address)
  const rest = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && new URLSearchParams(part).keys().next().value !== name)
  url.search = [...rest, new URLSearchParams({ [name]: value }).toString()].join('&')
  return url
}
