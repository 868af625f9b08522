import { credentialHeader } from '../src/credential-header.ts'
import type { Auth } from './schema.ts'

/** What `auth` adds to a request to its own origin. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Every text that must not be seen anywhere. */
  readonly hidden: readonly string[]
}

const none: Credentials = { headers: {}, query: {}, hidden: [] }

/** @throws WeaverError `missing_secret`, or `invalid_config` naming a secret that no header can carry. */
export function credentials(auth: Auth | undefined, secret: (name: string) => string): Credentials {
  if (auth === undefined) return none
  const value = secret(auth.secret)
  switch (auth.type) {
    case 'bearer':
      return { ...none, headers: { authorization: credentialHeader(`Bearer ${value}`, auth.secret) }, hidden: [value] }
    case 'header':
      return {
        ...none,
        headers: { [auth.name.toLowerCase()]: credentialHeader(`${auth.prefix ?? ''}${value}`, auth.secret) },
        hidden: [value],
      }
    case 'query':
      return { ...none, query: { [auth.name]: value }, hidden: [value] }
    case 'basic': {
      const pair = `${auth.username}:${value}`
      return { ...none, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, hidden: [value, pair] }
    }
  }
}
