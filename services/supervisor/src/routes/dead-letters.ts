import {
  DeadLetter,
  DeadLetterAction,
  DeadLetterFilter,
  DeadLetterGroup,
  deadLetterStates,
  Operation,
  RedeliveryPreview,
} from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, locationHeader, one, pageOf, problems, StreamParams } from '../answers.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Documents']

const query = listQuery({
  stream: Type.Optional(StreamParams.properties.id),
  state: Type.Optional(
    Type.Enum([...deadLetterStates], { description: 'open: refused, and nothing was done about it. Default: open.', default: 'open' }),
  ),
  code: DeadLetterFilter.properties.code,
  sink: DeadLetterFilter.properties.sink,
})

const listSchema = {
  operationId: 'listDeadLetters',
  tags,
  summary: 'List dead letters',
  description: 'Records and results that a transform or a sink refused, and why. Newest first.',
  querystring: query,
  response: { 200: listOf(DeadLetter, 'A page of dead letters.'), ...problems('not_found') },
}

const groupsSchema = {
  operationId: 'listDeadLetterGroups',
  tags,
  summary: 'List dead letters by cause',
  description: 'One entry for each code of error, stream and sink, with an example. The cause of the newest dead letter first.',
  querystring: query,
  response: { 200: listOf(DeadLetterGroup, 'A page of causes.'), ...problems('not_found') },
}

const actionOf = (operationId: string, summary: string, description: string) => ({
  operationId,
  tags,
  summary,
  description,
  headers: IdempotencyKey,
  body: DeadLetterAction,
  response: {
    200: one(RedeliveryPreview, 'What it would touch (`dryRun`).'),
    202: one(Operation, 'Written down.', locationHeader),
    ...problems('not_found', 'idempotency_conflict'),
  },
})

const schemas = {
  redrive: actionOf(
    'redriveDeadLetters',
    'Deliver dead letters again',
    'Their results are read from the store again, by the version of the stream that is current when their turn comes, and delivered to the same sinks. What is refused again ' +
      'is a new dead letter. A dead letter whose sink the stream does not have any more stays open.',
  ),
  discard: actionOf(
    'discardDeadLetters',
    'Discard dead letters',
    'They are resolved and stay out. Nothing is delivered, nothing is deleted.',
  ),
}

export const deadLetterRoutes =
  ({ ledger, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const streamIdOf = async (stream: string | undefined): Promise<string | undefined> =>
      stream === undefined ? undefined : (await ledger.streams.get(tenant, stream)).stream.id

    app.get('/v1/dead-letters', { schema: listSchema }, async (request) => {
      const { stream, state, code, sink } = request.query
      return await ledger.deadLetters.list({ tenant, ...pageOf(request.query), streamId: await streamIdOf(stream), state, code, sink })
    })

    app.get('/v1/dead-letters/groups', { schema: groupsSchema }, async (request) => {
      const { stream, state, code, sink } = request.query
      return await ledger.deadLetters.groups({ tenant, ...pageOf(request.query), streamId: await streamIdOf(stream), state, code, sink })
    })

    for (const action of ['redrive', 'discard'] as const) {
      app.post(`/v1/dead-letters/${action}`, { schema: schemas[action], preHandler: onceByKey }, async (request, reply) => {
        const { dryRun = false, ...wish } = request.body
        if (dryRun) return await ledger.redeliveries.previewDeadLetters(tenant, action, wish)
        const id = await ledger.redeliveries.actOnDeadLetters(tenant, action, wish)
        return await reply
          .code(202)
          .header('location', `/v1/operations/${id}`)
          .send(await ledger.operations.get(tenant, id))
      })
    }
  }
