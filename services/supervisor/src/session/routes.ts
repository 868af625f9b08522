import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { nothing, one, problems, problemsOf } from '../answers.ts'
import type { Authentication } from '../auth.ts'
import { setSessionCookie } from './cookie.ts'
import { refuseForeignPage } from './own-page.ts'
import type { Session } from './session.ts'

const tags = ['Session']

const SignIn = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 4096, description: 'The admin token.', examples: ['a long random text'] }) },
  { additionalProperties: false, examples: [{ token: 'a-long-random-text' }] },
)

/** How the one who asks is signed in. */
export const SessionAnswer = Type.Object(
  {
    via: Type.Enum(['session', 'token'], { description: 'By the cookie of a session, or by a token in the request itself.' }),
    expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When the session ends if it is not used again; null for a token.',
    }),
  },
  { $id: 'Session' },
)
type SessionAnswer = Static<typeof SessionAnswer>

const cookie = { 'Set-Cookie': { type: 'string', description: 'The session: HttpOnly, SameSite=Strict.' } } as const

const signInSchema = {
  operationId: 'signIn',
  tags,
  summary: 'Sign in',
  description:
    'Gives a browser a session instead of the token: a sealed cookie that no script can read. It ends 12 hours after it was used last, 7 days after ' +
    'it began, and when the admin token changes. Whoever changes something in a session sends `X-Weaver-Client: 1` from a page of this server.',
  security: [],
  body: SignIn,
  response: {
    200: one(SessionAnswer, 'Signed in.', cookie),
    ...problemsOf(['invalid_request', 'unauthorized', 'forbidden', 'too_many_attempts', 'internal']),
  },
}

const getSchema = {
  operationId: 'getSession',
  tags,
  summary: 'Show how one is signed in',
  response: { 200: one(SessionAnswer, 'Signed in.'), ...problems() },
}

const signOutSchema = {
  operationId: 'signOut',
  tags,
  summary: 'Sign out',
  description: 'Takes the cookie back from the browser.',
  security: [],
  response: { 204: nothing('Signed out.'), ...problemsOf(['forbidden', 'internal']) },
}

export const sessionRoutes =
  ({ sessions, bearer, demandToken, sessionOf }: Authentication): FastifyPluginAsyncTypebox =>
  async (app) => {
    const answer = (session: Session | undefined): SessionAnswer =>
      session === undefined
        ? { via: 'token', expiresAt: null }
        : { via: 'session', expiresAt: new Date(sessions.endOf(session)).toISOString() }

    app.post('/v1/session', { schema: signInSchema, onRequest: ownPage }, async (request, reply) => {
      demandToken(request, request.body.token)
      const session = sessions.begin()
      setSessionCookie(request, reply, sessions.seal(session), sessions.secondsLeft(session))
      return answer(session)
    })

    app.get('/v1/session', { schema: getSchema, onRequest: bearer }, async (request) => answer(sessionOf(request)))

    app.delete('/v1/session', { schema: signOutSchema, onRequest: ownPage }, async (request, reply) => {
      setSessionCookie(request, reply, undefined, 0)
      return await reply.code(204).send(undefined)
    })
  }

/** No other site may sign anybody in or out. */
const ownPage = async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => refuseForeignPage(request)
