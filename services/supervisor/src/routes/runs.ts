import { Operation, Result, Run, RunLogLine, runStates } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, locationHeader, one, pageOf, problems, uuidParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import { untilComplete } from '../stop.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Runs']

const listSchema = {
  operationId: 'listAllRuns',
  tags,
  summary: 'List the runs of all streams',
  description: 'Newest first.',
  querystring: listQuery({
    state: Type.Optional(
      Type.Array(Type.Enum([...runStates]), { maxItems: runStates.length, description: 'Only runs in these states; may be repeated.' }),
    ),
  }),
  response: { 200: listOf(Run, 'A page of runs.'), ...problems() },
}

const getSchema = {
  operationId: 'getRun',
  tags,
  summary: 'Show a run',
  params: uuidParams('run'),
  response: { 200: one(Run, 'The run.'), ...problems('not_found') },
}

const resultsSchema = {
  operationId: 'listResultsOfRun',
  tags,
  summary: 'List the results of a run',
  description: 'With their deliveries, in the order in which they were fetched: where the time of the run went.',
  params: uuidParams('run'),
  querystring: listQuery({}),
  response: { 200: listOf(Result, 'A page of results.'), ...problems('not_found') },
}

const logSchema = {
  operationId: 'getRunLog',
  tags,
  summary: 'Show what was said of a run',
  description:
    'How attempts ended that failed, and what the adapter noted, in order; at most 100 lines of an attempt. Nothing is said of a run without incident. Kept for a week.',
  params: uuidParams('run'),
  querystring: listQuery({}),
  response: { 200: listOf(RunLogLine, 'A page of lines.'), ...problems('not_found') },
}

const interruptSchema = {
  operationId: 'interruptRun',
  tags,
  summary: 'Interrupt a run',
  description:
    'Fetch, put, transform and upsert are aborted, and the run never comes back by itself. What it had fetched and not delivered is held. Answered when its workers have ' +
    'acknowledged or their leases are over.',
  params: uuidParams('run'),
  response: {
    200: one(Operation, 'Complete.'),
    202: one(Operation, 'In force, but not acknowledged by all yet. Ask for the operation again.', locationHeader),
    ...problems('not_found'),
  },
}

const releaseSchema = {
  operationId: 'releaseRun',
  tags,
  summary: 'Deliver what was held',
  description: 'Results that were held when the run was interrupted go on to their sinks.',
  params: uuidParams('run'),
  response: { 200: one(Run, 'The run.'), ...problems('not_found') },
}

const retrySchema = {
  operationId: 'retryRun',
  tags,
  summary: 'Retry a run',
  description:
    'Queues a run that is failed, partial, timedOut or interrupted again: the same run, by the same version, with one more attempt that goes on from the checkpoint of the stream. What was held of ' +
    'it is delivered as well. The stream must be started or paused, and no run of it in progress or in line.',
  params: uuidParams('run'),
  response: {
    202: one(Run, 'The queued run.', locationHeader),
    ...problems('not_found', 'stream_stopped', 'run_in_progress', 'not_retryable', 'not_polled'),
  },
}

export const runRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger } = parts

    app.get('/v1/runs', { schema: listSchema }, async (request) => {
      const { state: states } = request.query
      return await ledger.history.runs({ tenant, ...pageOf(request.query), ...(states === undefined ? {} : { states }) })
    })

    app.get('/v1/runs/:id', { schema: getSchema }, async (request) => await ledger.history.run(tenant, request.params.id))

    app.get('/v1/runs/:id/results', { schema: resultsSchema }, async (request) => {
      const { limit, after } = pageOf(request.query)
      return await ledger.history.resultsOfRun(tenant, request.params.id, limit, after)
    })

    app.get('/v1/runs/:id/log', { schema: logSchema }, async (request) => {
      const { limit, after } = pageOf(request.query)
      const { id } = await ledger.history.run(tenant, request.params.id)
      return await ledger.runLog(id, limit, after)
    })

    app.post('/v1/runs/:id/interrupt', { schema: interruptSchema }, async (request, reply) => {
      const id = await ledger.operations.interruptRun(tenant, request.params.id)
      const operation = await untilComplete(parts, id, parts.untilGone(reply))
      if (operation.state === 'completed') return operation
      return await reply.code(202).header('location', `/v1/operations/${id}`).send(operation)
    })

    app.post('/v1/runs/:id/release', { schema: releaseSchema }, async (request) => {
      await ledger.operations.releaseRun(tenant, request.params.id)
      parts.reconcile()
      return await ledger.history.run(tenant, request.params.id)
    })

    app.post('/v1/runs/:id/retry', { schema: retrySchema }, async (request, reply) => {
      const { id } = request.params
      const { lane } = await ledger.streams.retryRun(tenant, id)
      // The run is queued in the ledger; without the queue the reconciler wakes a worker for it later.
      await parts.queue
        .wakeRun(lane, id)
        .catch((error: unknown) => request.log.warn({ err: error, runId: id }, 'no worker was woken for a run'))
      return await reply
        .code(202)
        .header('location', `/v1/runs/${id}`)
        .send(await ledger.history.run(tenant, id))
    })
  }
