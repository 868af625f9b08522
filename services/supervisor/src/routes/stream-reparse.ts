import { Operation, RedeliveryPreview, ReparseRequest } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { locationHeader, one, problems, StreamParams } from '../answers.ts'
import { emptyBody } from '../empty-body.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const reparseSchema = {
  operationId: 'reparseStream',
  tags: ['Streams'],
  summary: 'Read stored results again',
  description:
    'Results that are stored already are read, transformed and delivered again by the version that is current now; the source is not asked. The operation shows how far it is, and is ' +
    'complete when every delivery has ended. Newer data win, whichever arrives last. With `dryRun` it is only counted what would be touched.',
  params: StreamParams,
  headers: IdempotencyKey,
  body: Type.Optional(ReparseRequest),
  response: {
    200: one(RedeliveryPreview, 'What it would touch (`dryRun`).'),
    202: one(Operation, 'Written down.', locationHeader),
    ...problems('not_found', 'idempotency_conflict'),
  },
}

export const streamReparseRoutes =
  ({ ledger, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/v1/streams/:id/reparse',
      { schema: reparseSchema, preValidation: emptyBody, preHandler: onceByKey },
      async (request, reply) => {
        const { dryRun = false, ...wish } = request.body ?? {}
        if (dryRun) return await ledger.redeliveries.previewReparse(tenant, request.params.id, wish)
        const id = await ledger.redeliveries.reparse(tenant, request.params.id, wish)
        return await reply
          .code(202)
          .header('location', `/v1/operations/${id}`)
          .send(await ledger.operations.get(tenant, id))
      },
    )
  }
