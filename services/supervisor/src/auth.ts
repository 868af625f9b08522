import { createHash, timingSafeEqual } from 'node:crypto'
import { WeaverError } from '@data-weaver/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'

const whereTheTokenIs =
  'It is the value of WEAVER_ADMIN_TOKEN; where that was not set, the start command made one and printed in which file it lies.'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

export interface Authentication {
  /** `Authorization: Bearer <token>`, for the API. */
  readonly bearer: Hook
  /** The same, or a login with any user name and the token as password, for pages: people cannot set a header in a browser. */
  readonly login: Hook
}

/** The one token of this version. Hashes are compared, so that neither content nor length can be learned from the time it takes. */
export function authentication(adminToken: string): Authentication {
  const expected = digest(adminToken)
  const isToken = (text: string | undefined): boolean => text !== undefined && timingSafeEqual(digest(text), expected)
  return {
    bearer: async (request, reply) => {
      const { authorization } = request.headers
      if (isToken(bearerToken(authorization))) return
      reply.header('www-authenticate', 'Bearer realm="Data Weaver"')
      throw refusal(authorization, 'send "Authorization: Bearer <token>"')
    },
    login: async (request, reply) => {
      const { authorization } = request.headers
      if (isToken(bearerToken(authorization)) || isToken(basicPassword(authorization))) return
      reply.header('www-authenticate', 'Basic realm="Data Weaver", charset="UTF-8"')
      throw refusal(authorization, 'log in with any user name and the admin token as password')
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const bearerToken = (header: string | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]

function basicPassword(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon === -1 ? undefined : pair.slice(colon + 1)
}

const refusal = (header: string | undefined, way: string): WeaverError =>
  new WeaverError('unauthorized', `${header === undefined ? 'there is no token' : 'the token is not valid'}: ${way}. ${whereTheTokenIs}`)
