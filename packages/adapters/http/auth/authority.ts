import type { AdapterContext, Clock, Http, Log } from '@data-weaver/contracts'
import { credentialHeader } from '../../src/credential-header.ts'
import type { Auth } from '../schema/auth.ts'
import type { Scalar } from '../template.ts'
import { type Authority, constantAuthority } from './credentials.ts'
import { hmacAuthority } from './hmac.ts'
import { oauth2Authority } from './oauth2.ts'
import { sessionAuthority } from './session.ts'

/** What an authority needs of a run. */
export interface AuthContext {
  readonly http: Http
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  secret(name: string): string
  readonly saveSecret?: AdapterContext['saveSecret'] | undefined
  /** What `{{config.name}}` stands for. */
  readonly values: Readonly<Record<string, Scalar>>
}

/** @throws WeaverError `missing_secret`, or `invalid_config` naming a secret that no header can carry. */
export function authority(auth: Auth | undefined, context: AuthContext): Authority {
  if (auth === undefined) return constantAuthority({}, [])
  switch (auth.type) {
    case 'bearer': {
      const value = context.secret(auth.secret)
      const headers = { authorization: credentialHeader(`Bearer ${value}`, auth.secret) }
      return constantAuthority({ headers }, [value])
    }
    case 'header': {
      const value = context.secret(auth.secret)
      const headers = { [auth.name.toLowerCase()]: credentialHeader(`${auth.prefix ?? ''}${value}`, auth.secret) }
      return constantAuthority({ headers }, [value])
    }
    case 'query': {
      const value = context.secret(auth.secret)
      return constantAuthority({ query: { [auth.name]: value } }, [value])
    }
    case 'basic': {
      const value = context.secret(auth.secret)
      const pair = `${auth.username}:${value}`
      const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
      return constantAuthority({ headers }, [value, pair])
    }
    case 'oauth2':
      return oauth2Authority(auth, context)
    case 'session':
      return sessionAuthority(auth, context)
    case 'hmac':
      return hmacAuthority(auth, context)
  }
}
