import { Overview } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { one, problems } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const schema = {
  operationId: 'getOverview',
  tags: ['Operations'],
  summary: 'Count what there is at a glance',
  description: 'What is late, failing, waiting for a budget or paused, the pace of the last minute, and the workers; one cheap query.',
  response: { 200: one(Overview, 'The counts.'), ...problems() },
}

export const overviewRoutes =
  ({ ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/overview', { schema }, async () => await ledger.overview(tenant))
  }
