import { adapter as adapterById } from '@data-weaver/adapters'
import { RunTicks, TickRuns, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { locationHeader, one, problems, StreamParams } from '../answers.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const runSchema = {
  operationId: 'runTicks',
  tags: ['Streams'],
  summary: 'Run ticks that were missed or skipped',
  description:
    'Each gets one run with its nominal time, by the version that is current now and from the present checkpoint; the account of ticks then says that it ran, and how late. A tick that has ' +
    'a run is left alone, so asking twice runs once. One after the other, beside the schedule; those of a paused stream run when it goes on. With `dryRun` it is only answered what would be run.',
  params: StreamParams,
  headers: IdempotencyKey,
  body: RunTicks,
  response: {
    200: one(TickRuns, 'What would be run (`dryRun`), or that nothing is to be run.'),
    202: one(TickRuns, 'Queued; the operation tells how far it is.', locationHeader),
    ...problems('not_found', 'stream_stopped', 'not_polled', 'idempotency_conflict'),
  },
}

export const streamTickRoutes =
  ({ ledger, queue, reconcile, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/v1/streams/:id/ticks/run', { schema: runSchema, preHandler: onceByKey }, async (request, reply) => {
      const { stream } = await ledger.streams.get(tenant, request.params.id)
      if (adapterById(stream.adapter).pushed === true) {
        throw new WeaverError('not_polled', `the source of stream "${stream.name}" sends by itself; there are no ticks to run`)
      }
      const { wake, ...answer } = await ledger.streams.runTicks(tenant, stream.id, request.body)
      if (wake === undefined) return await reply.send(answer)
      // The runs are queued in the ledger; the reconciler wakes workers for what is not woken here.
      await queue
        .wakeRun(wake.lane, wake.runId)
        .catch((error: unknown) => request.log.warn({ err: error, runId: wake.runId }, 'no worker was woken for a run'))
      reconcile()
      return await reply.code(202).header('location', `/v1/operations/${answer.operation}`).send(answer)
    })
  }
