import { SinkState } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listOf, listQuery, pageOf, problems } from '../answers.ts'
import type { SinkStates } from '../sink-states.ts'
import { auditRoutes } from './audits.ts'
import type { RouteParts } from './route-parts.ts'
import { streamVespaSchemaRoutes } from './stream-vespa-schema.ts'

const listSchema = {
  operationId: 'listSinks',
  tags: ['Sinks'],
  summary: 'List sinks that are fed',
  description:
    'How sinks do that keep account of it, as workers said within the last minute: pace, window, refusals, latencies. In order of kind and target.',
  querystring: listQuery({}),
  response: { 200: listOf(SinkState, 'A page of sinks.'), ...problems() },
}

export const sinkRoutes =
  (parts: RouteParts, states: SinkStates): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(auditRoutes(parts))
    await app.register(streamVespaSchemaRoutes(parts))
    app.get('/v1/sinks', { schema: listSchema }, async (request) => {
      const { limit, after = '' } = pageOf(request.query)
      const nameOf = ({ sink, target }: SinkState) => `${sink} ${target}`
      const rest = states.list().filter((state) => nameOf(state) > after)
      const items = rest.slice(0, limit)
      const last = items.at(-1)
      return { items, next: rest.length > limit && last !== undefined ? nameOf(last) : null }
    })
  }
