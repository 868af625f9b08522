import { Run, Stream } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { v7 as uuidv7 } from 'uuid'
import { etagHeader, locationHeader, one, problems, StreamParams } from '../answers.ts'
import { CheckAnswer, checkStream } from '../check.ts'
import { etagOf, IfMatch, revisionOf } from '../etag.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import { stopStream } from '../stop.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']

const checkSchema = {
  operationId: 'checkStream',
  tags,
  summary: 'Try the source once',
  description: 'Asks the source as a first run would, at most 15 s, and shows the first records and documents. Stores and changes nothing.',
  params: StreamParams,
  response: {
    200: one(CheckAnswer, 'What the source answered and what becomes of it.'),
    ...problems(
      ...([
        'not_found',
        'missing_secret',
        'secret_unreadable',
        'egress_refused',
        'auth_failed',
        'source_not_found',
        'source_rejected',
      ] as const),
      ...(['source_unavailable', 'source_unreachable', 'source_timeout', 'source_tls', 'source_malformed', 'source_truncated'] as const),
      ...(['source_too_large', 'source_loop', 'rate_limited', 'quota_exhausted'] as const),
    ),
  },
}

const startSchema = {
  operationId: 'startStream',
  tags,
  summary: 'Start a stream',
  description: 'Its first tick is now. Starting a started stream changes nothing.',
  params: StreamParams,
  headers: IfMatch,
  response: { 200: one(Stream, 'The stream, started.', etagHeader), ...problems('not_found', 'version_conflict') },
}

const stopSchema = {
  operationId: 'stopStream',
  tags,
  summary: 'Stop a stream',
  description:
    'Answered when no request reaches the source any more. A client that hangs up meanwhile does not undo the stop. What was fetched is still delivered.',
  params: StreamParams,
  headers: IfMatch,
  response: {
    200: one(Stream, 'The stream, stopped.', etagHeader),
    202: one(Stream, 'The stop is in force, but a run has not ended yet. Ask again.', {
      ...etagHeader,
      'Retry-After': { type: 'string', description: 'Seconds.' },
    }),
    ...problems('not_found', 'version_conflict'),
  },
}

const triggerSchema = {
  operationId: 'triggerStream',
  tags,
  summary: 'Run a stream now',
  description: 'Queues one run besides the schedule. The stream must be started, and no run of it in progress.',
  params: StreamParams,
  headers: IdempotencyKey,
  response: {
    202: one(Run, 'The queued run.', locationHeader),
    ...problems('not_found', 'stream_stopped', 'run_in_progress', 'idempotency_conflict'),
  },
}

const retryAfterSeconds = 2

export const streamActionRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger, queue, reconcile } = parts

    app.post('/v1/streams/:id/check', { schema: checkSchema }, async (request, reply) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      return await checkStream(parts, stream, parts.untilGone(reply))
    })

    app.post('/v1/streams/:id/start', { schema: startSchema }, async (request, reply) => {
      const { stream, revision } = await ledger.streams.start(tenant, request.params.id, revisionOf(request.headers['if-match']))
      reconcile()
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.post('/v1/streams/:id/stop', { schema: stopSchema }, async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match'])
      const { stream, revision, done } = await stopStream(parts, request.params.id, parts.untilGone(reply), ifRevision)
      if (!done) reply.code(202).header('retry-after', retryAfterSeconds)
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.post('/v1/streams/:id/trigger', { schema: triggerSchema, preHandler: parts.onceByKey }, async (request, reply) => {
      const runId = uuidv7()
      const { pool } = await ledger.streams.trigger(tenant, request.params.id, runId)
      // The run is queued in the ledger; without the queue the reconciler wakes a worker for it later.
      await queue.wakeRun(pool, runId).catch((error: unknown) => request.log.warn({ err: error, runId }, 'no worker was woken for a run'))
      const run = await ledger.history.run(tenant, runId)
      return await reply.code(202).header('location', `/v1/runs/${runId}`).send(run)
    })
  }
