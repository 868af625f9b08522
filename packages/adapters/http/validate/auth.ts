import type { FieldProblem } from '@data-weaver/contracts'
import { signedNames } from '../auth/hmac.ts'
import type { HttpConfig } from '../schema.ts'
import type { Auth } from '../schema/auth.ts'
import { placeholderProblems } from '../template.ts'
import { nameProblem, valueProblem } from './header-name.ts'
import { constantNames } from './names.ts'
import { urlProblems } from './request.ts'

export function* authProblems(config: HttpConfig): Generator<FieldProblem> {
  const { auth } = config
  switch (auth?.type) {
    case undefined:
    case 'bearer':
    case 'query':
    case 'basic':
      break
    case 'header':
      yield* headerProblems('config.auth', auth)
      break
    case 'oauth2':
      yield* addressProblems('config.auth.tokenUrl', auth.tokenUrl, config)
      break
    case 'session':
      yield* addressProblems('config.auth.login.url', auth.login.url, config)
      if (auth.header !== undefined) yield* headerProblems('config.auth.header', auth.header)
      break
    case 'hmac':
      yield* placeholderProblems('config.auth.template', auth.template, new Set(signedNames))
      for (const [name, place] of Object.entries({
        signature: auth.signature,
        timestamp: auth.timestamp,
        nonce: auth.nonce,
        key: auth.key,
      })) {
        if (place?.in === 'header') yield* headerProblems(`config.auth.${name}`, place)
      }
      break
  }
}

function* headerProblems(field: string, { name, prefix }: { readonly name: string; readonly prefix?: string }): Generator<FieldProblem> {
  const problem = nameProblem(`${field}.name`, name)
  if (problem !== undefined) yield problem
  const bad = valueProblem(`${field}.prefix`, prefix ?? '')
  if (bad !== undefined) yield bad
}

function* addressProblems(field: string, url: string, config: HttpConfig): Generator<FieldProblem> {
  const placeholders = [...placeholderProblems(field, url, constantNames(config))]
  yield* placeholders
  if (placeholders.length === 0) yield* urlProblems(field, url, config.values ?? {})
}

/** The names of the secrets that `auth` mentions, with where. */
export function mentionedSecrets(auth: Auth | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (field: string, name: string | undefined) =>
    void (name !== undefined && !found.has(name) && found.set(name, `config.auth.${field}`))
  if (auth === undefined) return found
  if (auth.type === 'session') for (const [field, name] of Object.entries(auth.login.secrets)) add(`login.secrets.${field}`, name)
  else add('secret', auth.secret)
  if (auth.type === 'oauth2' && auth.grant === 'refreshToken') add('refreshSecret', auth.refreshSecret)
  if (auth.type === 'hmac') add('key.secret', auth.key?.secret)
  return found
}
