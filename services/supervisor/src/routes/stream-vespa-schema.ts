import { VespaSchemaProposal } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { one, problems, StreamParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import { proposeFor } from '../vespa-schema.ts'
import type { RouteParts } from './route-parts.ts'

const schema = {
  operationId: 'proposeVespaSchema',
  tags: ['Streams'],
  summary: 'Propose a schema of Vespa',
  description:
    'For the documents of a stream: by the mapping of its vespa sink, when it has one, else for all fields; what they hold is told by the newest stored results. The source is not asked.',
  params: StreamParams,
  querystring: Type.Object(
    {
      documentType: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
          description: 'Name of the document type. Default: that of the sink, or one made of the name of the stream.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 200: one(VespaSchemaProposal, 'The proposal.'), ...problems('not_found', 'store_unavailable') },
}

export const streamVespaSchemaRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/streams/:id/vespa-schema', { schema }, async (request, reply) => {
      const { stream } = await parts.ledger.streams.get(tenant, request.params.id)
      return await proposeFor(parts, stream, request.query.documentType, parts.untilGone(reply))
    })
  }
