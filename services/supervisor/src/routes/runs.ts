import { Run } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { one, problems, uuidParams } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const getSchema = {
  operationId: 'getRun',
  tags: ['Runs'],
  summary: 'Show a run',
  params: uuidParams('run'),
  response: { 200: one(Run, 'The run.'), ...problems('not_found') },
}

export const runRoutes =
  ({ ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/runs/:id', { schema: getSchema }, async (request) => await ledger.history.run(tenant, request.params.id))
  }
