import { MessageAnswer, Operation, StartMessage, StopMessage, Worker } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, locationHeader, one, pageOf, problems } from '../answers.ts'
import { emptyBody } from '../empty-body.ts'
import { tenant } from '../parts.ts'
import { startByMessage } from '../messages.ts'
import { stopStream } from '../stop.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Workers']

const listSchema = {
  operationId: 'listWorkers',
  tags,
  summary: 'List workers',
  description: 'In order of id. Workers that left in good order are not on the list; a lost one is for a day.',
  querystring: listQuery({}),
  response: { 200: listOf(Worker, 'A page of workers.'), ...problems() },
}

const drainSchema = {
  operationId: 'drainWorker',
  tags,
  summary: 'Drain a worker',
  description:
    'It takes nothing new. What it runs may end by itself until the deadline, then it is handed to other workers. The worker stays up until it is ended.',
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 200, description: 'Id of the worker.' }) }),
  body: Type.Optional(
    Type.Object(
      { deadline: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Milliseconds. Default: 60000.' })) },
      { additionalProperties: false, examples: [{ deadline: 30_000 }] },
    ),
  ),
  response: { 202: one(Operation, 'The worker is told.', locationHeader), ...problems('not_found') },
}

const startSchema = {
  operationId: 'startByMessage',
  tags: ['Messages'],
  summary: 'Start fetching',
  description:
    'Makes the stream of this name or changes it, and starts it. The beginning of the name finds its adapter (`IQAIR_DAILY`: iqair), else `type` does. ' +
    'The same message again changes nothing; a change takes effect at the end of the current interval. The secret is sealed and never comes back; ' +
    'without `secret_key` the one that is set stays.',
  body: StartMessage,
  response: {
    200: one(MessageAnswer, 'Started.'),
    ...problems('name_taken', 'unknown_adapter', 'invalid_config', 'invalid_schedule', 'missing_secret'),
  },
}

const stopSchema = {
  operationId: 'stopByMessage',
  tags: ['Messages'],
  summary: 'Stop fetching',
  description: 'Answered when no request reaches the source any more.',
  body: StopMessage,
  response: {
    200: one(MessageAnswer, 'Stopped.'),
    202: one(MessageAnswer, 'The stop is in force, but a run has not ended yet. Send it again.'),
    ...problems('not_found'),
  },
}

export const workerRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/workers', { schema: listSchema }, async (request) => {
      const { limit, after } = pageOf(request.query)
      return await parts.ledger.history.workers(limit, after)
    })

    app.post('/v1/workers/:id/drain', { schema: drainSchema, preValidation: emptyBody }, async (request, reply) => {
      const id = await parts.ledger.operations.drainWorker(tenant, request.params.id, request.body?.deadline)
      return await reply
        .code(202)
        .header('location', `/v1/operations/${id}`)
        .send(await parts.ledger.operations.get(tenant, id))
    })

    app.post('/v1/workers/start', { schema: startSchema }, async (request) => {
      await startByMessage(parts, request.body)
      return { success: true, message: `Started fetching from adapter ${request.body.adapter}.` }
    })

    app.post('/v1/workers/stop', { schema: stopSchema }, async (request, reply) => {
      const { adapter } = request.body
      const { state } = await stopStream(parts, adapter, parts.untilGone(reply))
      if (state === 'completed') return { success: true, message: `Stopped fetching from adapter ${adapter}.` }
      return await reply.code(202).send({ success: true, message: `Stopping fetching from adapter ${adapter}.` })
    })
  }
