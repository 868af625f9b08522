import { DeadLetter } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, pageOf, problems, StreamParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const listSchema = {
  operationId: 'listDeadLetters',
  tags: ['Documents'],
  summary: 'List dead letters',
  description: 'Records and results that a transform or a sink refused, and why. Newest first.',
  querystring: listQuery({ stream: Type.Optional(StreamParams.properties.id) }),
  response: { 200: listOf(DeadLetter, 'A page of dead letters.'), ...problems('not_found') },
}

export const deadLetterRoutes =
  ({ ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/dead-letters', { schema: listSchema }, async (request) => {
      const { stream } = request.query
      const of = stream === undefined ? {} : { streamId: (await ledger.streams.get(tenant, stream)).stream.id }
      return await ledger.history.deadLetters({ tenant, ...pageOf(request.query), ...of })
    })
  }
