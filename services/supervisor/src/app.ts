import { randomUUID } from 'node:crypto'
import { jsonAjv, validator, WeaverError, wireAjv } from '@data-weaver/contracts'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify'
import type { TSchema } from 'typebox'
import { namedSchemas } from './answers.ts'
import { authentication } from './auth.ts'
import { registerBoard } from './board.ts'
import { CheckAnswer } from './check-answer.ts'
import { serveConsole } from './console/routes.ts'
import { describeApi } from './docs.ts'
import { EventFeed } from './event-feed.ts'
import { idempotency } from './idempotency.ts'
import { acceptJson } from './json-body.ts'
import { LiveFeed } from './live/feed.ts'
import { LiveDeletion, LiveDocument } from './live/messages.ts'
import { acceptWebSockets, isLiveUpgrade, liveRoutes } from './live/routes.ts'
import { MethodTable } from './method-table.ts'
import { measure } from './metrics.ts'
import type { SupervisorParts } from './parts.ts'
import { KnownLanes } from './lanes.ts'
import { answerClientError, sendProblem } from './problem.ts'
import { AdapterAnswer, adapterRoutes } from './routes/adapters.ts'
import { budgetRoutes } from './routes/budgets.ts'
import { checkRoutes } from './routes/checks.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { documentRoutes } from './routes/documents.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { ingestRoutes } from './routes/ingest.ts'
import { metricRoutes } from './routes/metrics.ts'
import { operationRoutes } from './routes/operations.ts'
import { overviewRoutes } from './routes/overview.ts'
import { resultRoutes } from './routes/results.ts'
import type { RouteParts } from './routes/route-parts.ts'
import { runRoutes } from './routes/runs.ts'
import { sinkRoutes } from './routes/sinks.ts'
import { streamActionRoutes } from './routes/stream-actions.ts'
import { streamBackfillRoutes } from './routes/stream-backfill.ts'
import { streamHistoryRoutes } from './routes/stream-history.ts'
import { streamReparseRoutes } from './routes/stream-reparse.ts'
import { streamTickRoutes } from './routes/stream-ticks.ts'
import { streamVersionRoutes } from './routes/stream-versions.ts'
import { streamRoutes } from './routes/streams.ts'
import { workerRoutes } from './routes/workers.ts'
import { VersionDiff } from './version-diff.ts'
import { securityHeaders } from './security-headers.ts'
import { followSinks } from './sink-states.ts'
import { SessionAnswer, sessionRoutes } from './session/routes.ts'

export type { SupervisorParts } from './parts.ts'

/** Largest request body, bytes. */
const bodyLimit = 2 ** 20
/** Longest path parameter: a document id, percent-encoded. */
const maxParamLength = 4096
/** Longest time from the first byte of a request to its last, milliseconds. */
const requestTimeout = 60_000

/** Values that must not reach a log, whoever logs them. */
const redact = [
  ...['authorization', 'cookie'].flatMap((header) =>
    ['', 'headers.', 'req.headers.', 'request.headers.'].map((place) => `${place}${header}`),
  ),
  'err.validation',
]

/** Routes behind the sign-in that need nothing but the parts. */
const guarded = [
  streamRoutes,
  checkRoutes,
  streamActionRoutes,
  streamReparseRoutes,
  streamBackfillRoutes,
  streamHistoryRoutes,
  streamTickRoutes,
  streamVersionRoutes,
  operationRoutes,
  overviewRoutes,
  runRoutes,
  resultRoutes,
  documentRoutes,
  deadLetterRoutes,
  workerRoutes,
  budgetRoutes,
  eventRoutes,
] as const

/** Builds the API on its parts. Nothing is asked of the parts before a request comes, and nothing listens yet. */
export async function buildApp(parts: SupervisorParts): Promise<FastifyInstance> {
  const { version } = parts
  const app = newServer(parts)
  const closing = new AbortController()
  const authenticated = authentication(parts)
  const methods = new MethodTable(app)
  const feed = new EventFeed(parts)
  const live = new LiveFeed(parts)
  const lanes = new KnownLanes(parts)
  const sinks = followSinks(app, parts)

  await acceptWebSockets(app)
  acceptJson(app)
  securityHeaders(app)
  app.addHook('onRequest', async (request) => {
    if (/%00/.test(request.url)) throw new WeaverError('invalid_request', 'the address has a NUL character in it')
  })
  logAnswers(app)
  app.addHook('preClose', async () => {
    closing.abort(new WeaverError('interrupted', 'the server shuts down'))
    feed.close()
    live.close()
  })
  const metrics = measure(app, parts, lanes, { feed, live, sinks })
  for (const schema of [...namedSchemas, CheckAnswer, VersionDiff, AdapterAnswer, SessionAnswer, LiveDocument, LiveDeletion])
    app.addSchema(schema)
  await describeApi(app, version)
  serveConsole(app, parts.consoleFolder)
  registerBoard(app, authenticated, parts)

  const routeParts: RouteParts = {
    ...parts,
    feed,
    lanes,
    onceByKey: idempotency(app, parts),
    untilGone: (reply) => untilGone(reply, closing.signal),
  }
  await app.register(healthRoutes(routeParts))
  await app.register(sessionRoutes(authenticated))
  await app.register(ingestRoutes(routeParts, authenticated))
  await app.register(async (api) => {
    api.addHook('onRequest', authenticated.bearer)
    for (const routes of guarded) await api.register(routes(routeParts))
    await api.register(adapterRoutes)
    await api.register(sinkRoutes(routeParts, sinks))
    await api.register(liveRoutes(routeParts, live, authenticated))
    await api.register(metricRoutes(metrics))
  })
  app.setNotFoundHandler({ preHandler: authenticated.bearer }, async (request, reply) => {
    const allowed = methods.allowed(request.url)
    if (allowed.length === 0) throw new WeaverError('not_found', `there is nothing at ${request.url.split('?', 1)[0]}`)
    reply.header('allow', allowed.join(', '))
    throw new WeaverError('method_not_allowed', `${request.method} is not allowed here; there is ${allowed.join(', ')}`)
  })
  return app
}

function newServer({ log, trustedProxies }: Pick<SupervisorParts, 'log' | 'trustedProxies'>): FastifyInstance {
  const app = Fastify({
    loggerInstance: log.child({}, { redact: { paths: redact, censor: '***' } }) as unknown as FastifyBaseLogger,
    genReqId: () => randomUUID(),
    trustProxy: trustedProxies ?? false,
    // Everything else that asks for another protocol is answered in this one.
    http: { shouldUpgradeCallback: isLiveUpgrade },
    bodyLimit,
    requestTimeout,
    // One line per request is written when it is answered, below.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(error, request, reply)
    },
  })
  // One library checks everything: bodies strictly, text from addresses and headers with conversion.
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => validator(httpPart === 'body' ? jsonAjv : wireAjv, schema))
  // Answers are written as they are. A serialiser that follows the schema drops what the schema does not name, and `fields` and
  // `config` may hold anything; that answers fit their schemas is what the tests are for.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply))
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

/** One line for each request, when it is answered. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const fields = {
      method: request.method,
      url: request.url.split('?', 1)[0],
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    }
    if (reply.statusCode >= 400 || !['GET', 'HEAD'].includes(request.method)) request.log.info(fields, 'request answered')
    else request.log.debug(fields, 'request answered')
  })
}

/** Aborts when the client hangs up or the server shuts down. */
function untilGone(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new WeaverError('interrupted', 'the client is gone')))
  return AbortSignal.any([gone.signal, closing])
}
