import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { problems } from '../answers.ts'
import type { Metrics } from '../metrics.ts'

const schema = {
  operationId: 'metrics',
  tags: ['Health'],
  summary: 'Metrics for Prometheus',
  description:
    'Streams, runs, deliveries and workers by state, jobs per queue, what workers feed to sinks, requests by route, and the process.',
  response: {
    200: {
      description: 'Metrics.',
      content: { 'text/plain': { schema: Type.Unsafe<string>({ type: 'string', description: 'Prometheus text format.' }) } },
    },
    ...problems(),
  },
}

export const metricRoutes =
  (metrics: Metrics): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/metrics', { schema, logLevel: 'warn' }, async (_request, reply) => {
      const text = await metrics.text()
      return await reply.type(metrics.contentType).send(text)
    })
  }
