import { adapter as adapterById } from '@data-weaver/adapters'
import { type Json, Operation, Run, StopOptions, Stream, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { etagHeader, locationHeader, one, problems, StreamParams } from '../answers.ts'
import { emptyBody } from '../empty-body.ts'
import { etagOf, IfMatch, revisionOf } from '../etag.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import { stopStream } from '../stop.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']

const wishOf = (
  operationId: string,
  summary: string,
  description: string,
  becomes: string,
  refused: 'invalid_schedule' | 'stream_stopped',
) => ({
  operationId,
  tags,
  summary,
  description,
  params: StreamParams,
  headers: IfMatch,
  response: { 200: one(Stream, `The stream, ${becomes}.`, etagHeader), ...problems('not_found', 'version_conflict', refused) },
})

/** What a stream is wished to be: each is written down and answered at once. */
const wishes = {
  start: wishOf(
    'startStream',
    'Start a stream',
    'Its first tick is now. A paused stream is resumed; starting a started one changes nothing.',
    'started',
    'invalid_schedule',
  ),
  pause: wishOf(
    'pauseStream',
    'Pause a stream',
    'No tick is run until it is resumed: they count as skipped. What runs comes to its end, and what is fetched is delivered.',
    'paused',
    'stream_stopped',
  ),
  resume: wishOf(
    'resumeStream',
    'Resume a stream',
    'A paused stream goes on with the ticks it had, whoever paused it.',
    'started',
    'stream_stopped',
  ),
}

const stopSchema = {
  operationId: 'stopStream',
  tags,
  summary: 'Stop a stream',
  description:
    'The wish is committed, then every worker concerned is told. Answered when all of them have acknowledged, or their leases are over: from then on no byte ' +
    'of the stream reaches its source or a sink. What was fetched and not delivered yet is held, and goes on when the stream is started again; with ' +
    '`drain` it is delivered first. A client that hangs up meanwhile does not undo the stop.',
  params: StreamParams,
  headers: IfMatch,
  body: Type.Optional(StopOptions),
  response: {
    200: one(Operation, 'Complete.'),
    202: one(Operation, 'The stop is in force, but not all have acknowledged yet. Ask for the operation again.', {
      ...locationHeader,
      'Retry-After': { type: 'string', description: 'Seconds.' },
    }),
    ...problems('not_found', 'version_conflict'),
  },
}

const cursorSchema = {
  operationId: 'setCursor',
  tags,
  summary: 'Set the cursor of a stream',
  description: 'The next run goes on from this checkpoint; null: from the beginning. No run may be in progress.',
  params: StreamParams,
  headers: IfMatch,
  body: Type.Object(
    { cursor: Type.Unknown({ description: 'What the adapter left as its checkpoint, or null.' }) },
    { additionalProperties: false, examples: [{ cursor: null }] },
  ),
  response: { 200: one(Stream, 'The stream.', etagHeader), ...problems('not_found', 'version_conflict', 'run_in_progress') },
}

const triggerSchema = {
  operationId: 'triggerStream',
  tags,
  summary: 'Run a stream now',
  description: 'Queues one run besides the schedule. The stream must be started or paused, and no run of it in progress or in line.',
  params: StreamParams,
  headers: IdempotencyKey,
  response: {
    202: one(Run, 'The queued run.', locationHeader),
    ...problems('not_found', 'stream_stopped', 'run_in_progress', 'not_polled', 'idempotency_conflict'),
  },
}

const retryAfterSeconds = 2

export const streamActionRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger, queue, reconcile } = parts

    for (const wish of ['start', 'pause', 'resume'] as const) {
      app.post(`/v1/streams/:id/${wish}`, { schema: wishes[wish] }, async (request, reply) => {
        const { stream, revision } = await ledger.streams[wish](tenant, request.params.id, revisionOf(request.headers['if-match']))
        reconcile()
        return await reply.header('etag', etagOf(revision)).send(stream)
      })
    }

    app.post('/v1/streams/:id/stop', { schema: stopSchema, preValidation: emptyBody }, async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match'])
      const operation = await stopStream(parts, request.params.id, parts.untilGone(reply), { ...request.body, ifRevision })
      if (operation.state === 'completed') return await reply.send(operation)
      return await reply
        .code(202)
        .header('location', `/v1/operations/${operation.id}`)
        .header('retry-after', retryAfterSeconds)
        .send(operation)
    })

    app.put('/v1/streams/:id/cursor', { schema: cursorSchema }, async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match'])
      const { stream, revision } = await ledger.streams.setCursor(tenant, request.params.id, request.body.cursor as Json, ifRevision)
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.post('/v1/streams/:id/trigger', { schema: triggerSchema, preHandler: parts.onceByKey }, async (request, reply) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      if (adapterById(stream.adapter).pushed === true) {
        throw new WeaverError('not_polled', `the source of stream "${stream.name}" sends by itself: POST /v1/ingest/${stream.name}`)
      }
      const { runId, lane } = await ledger.streams.trigger(tenant, stream.id)
      // The run is queued in the ledger; without the queue the reconciler wakes a worker for it later.
      await queue.wakeRun(lane, runId).catch((error: unknown) => request.log.warn({ err: error, runId }, 'no worker was woken for a run'))
      const run = await ledger.history.run(tenant, runId)
      return await reply.code(202).header('location', `/v1/runs/${runId}`).send(run)
    })
  }
