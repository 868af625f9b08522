import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Over HTTPS the cookie has the prefix that makes browsers refuse it from anywhere but this host over HTTPS. Over plain HTTP, on one
 * machine, that name cannot be had.
 */
const names = { https: '__Host-weaver_session', http: 'weaver_session' } as const
/** Longest cookie that is looked at, characters. */
const maxCookieCharacters = 1024

type Asked = Pick<FastifyRequest, 'protocol' | 'headers'>

const nameFor = ({ protocol }: Asked): string => (protocol === 'https' ? names.https : names.http)

/** The sealed session that came with a request. */
export function sessionCookie(request: Asked): string | undefined {
  const prefix = `${nameFor(request)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length)
  return value === undefined || value === '' || value.length > maxCookieCharacters ? undefined : value
}

/** Gives the browser the session, or takes it away with a value of undefined. */
export function setSessionCookie(request: Asked, reply: FastifyReply, value: string | undefined, seconds: number): void {
  const secure = request.protocol === 'https' ? '; Secure' : ''
  const lasting = value === undefined ? 'Max-Age=0' : `Max-Age=${seconds}`
  reply.header('set-cookie', `${nameFor(request)}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict; ${lasting}${secure}`)
}
