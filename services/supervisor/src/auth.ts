import { createHash, timingSafeEqual } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SupervisorParts } from './parts.ts'
import { sessionCookie, setSessionCookie } from './session/cookie.ts'
import { demandOwnPage } from './session/own-page.ts'
import { type Session, Sessions } from './session/session.ts'
import { WrongTokens } from './session/wrong-tokens.ts'

const whereTheTokenIs =
  'It is the value of WEAVER_ADMIN_TOKEN; where that was not set, the start command made one and printed in which file it lies.'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>
type Check = (request: FastifyRequest, reply: FastifyReply) => void

export interface Authentication {
  readonly sessions: Sessions
  /** `Authorization: Bearer <token>` or a session, for the API. */
  readonly bearer: Hook
  /** The same, or a login with any user name and the token as password, for pages: people cannot set a header in a browser. */
  readonly login: Hook
  /** @throws WeaverError `unauthorized` when it is not the token, `too_many_attempts` when it is not even looked at. */
  demandToken(request: FastifyRequest, token: string): void
  /** The session that the request came with, undefined when it brought the token itself. */
  sessionOf(request: FastifyRequest): Session | undefined
}

/** The one token of this version. Hashes are compared, so that neither content nor length can be learned from the time it takes. */
export function authentication(parts: Pick<SupervisorParts, 'adminToken' | 'vault' | 'clock'>): Authentication {
  const expected = digest(parts.adminToken)
  const sessions = new Sessions(parts)
  const wrongTokens = new WrongTokens(parts.clock)
  const bySession = new WeakMap<FastifyRequest, Session>()

  const isRight = ({ ip }: FastifyRequest, token: string | undefined): boolean => {
    wrongTokens.demandPatience(ip)
    const isToken = token !== undefined && timingSafeEqual(digest(token), expected)
    if (isToken) wrongTokens.right(ip)
    else wrongTokens.wrong(ip)
    return isToken
  }
  const hasSession: (...arguments_: Parameters<Check>) => boolean = (request, reply) => {
    const sealed = sessionCookie(request)
    const session = sealed === undefined ? undefined : sessions.open(sealed)
    if (session === undefined) return false
    demandOwnPage(request)
    const renewed = sessions.renewed(session)
    if (renewed !== undefined) setSessionCookie(request, reply, sessions.seal(renewed), sessions.secondsLeft(renewed))
    bySession.set(request, renewed ?? session)
    return true
  }
  const check =
    (challenge: string, way: string, tokenOf: (header: string) => string | undefined): Hook =>
    async (request, reply) => {
      const { authorization } = request.headers
      // What is said outright counts alone: a wrong token is an error even in a browser that is signed in.
      if (authorization === undefined ? hasSession(request, reply) : isRight(request, tokenOf(authorization))) return
      reply.header('www-authenticate', challenge)
      throw refusal(authorization, way)
    }

  return {
    sessions,
    bearer: check('Bearer realm="Data Weaver"', 'send "Authorization: Bearer <token>", or sign in with POST /v1/session', bearerToken),
    login: check(
      'Basic realm="Data Weaver", charset="UTF-8"',
      'log in with any user name and the admin token as password',
      (header) => bearerToken(header) ?? basicPassword(header),
    ),
    demandToken(request, token) {
      if (!isRight(request, token)) throw refusal(token, 'send it as "token"')
    },
    sessionOf: (request) => bySession.get(request),
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const bearerToken = (header: string): string | undefined => /^Bearer +(\S+)$/i.exec(header)?.[1]

function basicPassword(header: string): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon === -1 ? undefined : pair.slice(colon + 1)
}

const refusal = (given: string | undefined, way: string): WeaverError =>
  new WeaverError('unauthorized', `${given === undefined ? 'there is no token' : 'the token is not valid'}: ${way}. ${whereTheTokenIs}`)
