import { type HttpResponse, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, answerJson } from '../../src/answer.ts'
import { lookup, parsePath } from '../../src/path.ts'
import { redaction } from '../../src/redaction.ts'
import type { Session } from '../schema/auth.ts'
import { template } from '../template.ts'
import type { AuthContext } from './authority.ts'
import type { Authority, Credentials } from './credentials.ts'
import { readToken, refuse } from './token-answer.ts'
import { dropToken, keepToken, knownToken, tokenKey } from './token-cache.ts'

const what = 'the login'

/** @throws WeaverError `missing_secret`. */
export function sessionAuthority(auth: Session, context: AuthContext): Authority {
  const { login, header } = auth
  const secrets = Object.fromEntries(Object.entries(login.secrets).map(([field, name]) => [field, context.secret(name)]))
  const url = template(login.url, context)({ cursor: undefined, partition: {} }) ?? login.url
  const hidden = Object.values(secrets)
  const key = tokenKey(auth, url, secrets)
  const name = header?.name.toLowerCase() ?? 'authorization'
  const prefix = header === undefined ? 'Bearer ' : (header.prefix ?? '')
  const ask = async (): Promise<string> => {
    const reading: AnswerReading = { clock: context.clock, redact: redaction(hidden) }
    const response = await context.http.request({ method: 'POST', url, ...fieldsOf(login, secrets), secrets: hidden })
    refuse(response, reading, what)
    const value = tokenOf(auth, response, reading)
    hidden.push(value)
    keepToken(key, { value, expiresAt: context.clock.now() + (auth.expiresIn ?? 600_000) })
    return value
  }
  return {
    hidden,
    async credentials(): Promise<Credentials> {
      const known = knownToken(key, context.clock)?.value
      if (known !== undefined && !hidden.includes(known)) hidden.push(known)
      return { headers: { [name]: `${prefix}${known ?? (await ask())}` }, query: {}, hidden }
    },
    forget({ headers }) {
      dropToken(key, (headers[name] ?? '').slice(prefix.length))
    },
  }
}

function fieldsOf({ as = 'json', fields }: Session['login'], secrets: Readonly<Record<string, string>>) {
  const all = { ...fields, ...secrets }
  if (as === 'json') return { headers: { 'content-type': 'application/json', accept: 'application/json' }, body: JSON.stringify(all) }
  const form = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
  }
}

function tokenOf({ token }: Session, response: HttpResponse, reading: AnswerReading): string {
  if (token.in === 'header') return readToken(response.headers[token.name.toLowerCase()], `the header ${token.name}`, what)
  const value = lookup(answerJson(response, reading), parsePath(token.path))
  if (value === undefined || value === null)
    throw new WeaverError('auth_failed', `The login gave no token at \`auth.token.path\` (${token.path}).`)
  return readToken(value, `\`auth.token.path\` (${token.path})`, what)
}
