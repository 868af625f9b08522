import { createBullBoard } from '@bull-board/api'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance } from 'fastify'
import type { Authentication } from './auth.ts'
import type { SupervisorParts } from './parts.ts'
import { KnownLanes } from './lanes.ts'
import { problemFor, problemType, sendProblem } from './problem.ts'
import { WeaverError } from '@data-weaver/contracts'

const path = '/queues'

/** Nothing from elsewhere: whatever the page asks for, the browser gets it here or not at all. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The ids that our jobs are made of. */
const shownData = new Set(['streamId', 'runId', 'deliveryIds', 'fingerprint'])

/** Bull Board: the queues as they are, for a look only. Jobs are ids, and whatever else might be in one is not shown. */
export function registerBoard(
  app: FastifyInstance,
  { login }: Authentication,
  parts: Pick<SupervisorParts, 'queue' | 'ledger' | 'clock' | 'log'>,
): void {
  const serverAdapter = new FastifyAdapter()
  serverAdapter.setBasePath(path)
  // The queue does not know its workers on every backend; GET /v1/workers does.
  const uiConfig = { boardTitle: 'Data Weaver', hideDocsLink: true, pollingInterval: { showSetting: true }, showWorkers: false }
  const board = createBullBoard({ queues: [], serverAdapter, options: { uiConfig } })
  const lanes = new KnownLanes(parts)
  const onBoard = new Set<string>()

  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        try {
          await login(request, reply)
          // A browser sends a login along with whatever another site makes it ask for: so nothing here changes anything.
          if (!['GET', 'HEAD'].includes(request.method)) throw new WeaverError('method_not_allowed', 'the board is for a look only')
        } catch (error) {
          // Bull Board's own error handler is in force here and knows nothing of problem details.
          return await sendProblem(error, request, reply)
        }
        const known = await lanes.list()
        const fresh = known.filter((pool) => !onBoard.has(pool))
        for (const queue of parts.queue.board(fresh)) {
          queue.setFormatter('data', idsOnly)
          queue.setFormatter('returnValue', () => null)
          board.addQueue(queue)
        }
        for (const pool of fresh) onBoard.add(pool)
        return undefined
      })
      scope.addHook('onSend', async (_request, reply, payload) => {
        reply.header('content-security-policy', contentSecurityPolicy)
        return typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')
          ? payload.replaceAll(foreignLink, '')
          : payload
      })
      scope.setNotFoundHandler(async (request, reply) => {
        const error = new WeaverError('not_found', 'there is no such page')
        return await reply.code(error.status).type(problemType).send(problemFor(error, request))
      })
      await scope.register(serverAdapter.registerPlugin())
    },
    { prefix: path },
  )
}

/** The page's web font. Blocked by the policy anyway; without the link the browser does not complain. */
const foreignLink = /<link[^>]+href="https?:\/\/[^>]*>/gi

function idsOnly(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return {}
  return Object.fromEntries(Object.entries(data).filter(([name]) => shownData.has(name)))
}
