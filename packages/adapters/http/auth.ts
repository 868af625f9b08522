import { WeaverError } from '@data-weaver/contracts'
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
      return { ...none, headers: { authorization: headerText(`Bearer ${value}`, auth.secret) }, hidden: [value] }
    case 'header':
      return { ...none, headers: { [auth.name.toLowerCase()]: headerText(`${auth.prefix ?? ''}${value}`, auth.secret) }, hidden: [value] }
    case 'query':
      return { ...none, query: { [auth.name]: value }, hidden: [value] }
    case 'basic': {
      const pair = `${auth.username}:${value}`
      return { ...none, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }, hidden: [value, pair] }
    }
  }
}

/** A line break at the end of a pasted key is the usual reason; the header would be refused deep below with no name for it. */
function headerText(text: string, secretName: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text === text.trim()) return text
  const field = `secrets.${secretName}`
  throw new WeaverError('invalid_config', `${field} has characters that a header cannot carry`, {
    errors: [{ field, problem: 'has characters that a header cannot carry', hint: 'Look for a space or a line break at its end.' }],
  })
}
