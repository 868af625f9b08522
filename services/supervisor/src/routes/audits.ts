import { Audit, AuditRequest, PageQuery, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, locationHeader, one, pageOf, problems, uuidParams } from '../answers.ts'
import { emptyBody } from '../empty-body.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Sinks']

const beginSchema = {
  operationId: 'beginAudit',
  tags,
  summary: 'Compare Vespa with the ledger',
  description:
    'The stored pages of all results that were delivered to Vespa are read again, Vespa is visited, and what is missing, stale or known to nobody is counted. With `repair` what is ' +
    'missing or stale is delivered again, by operations that the audit names. One supervisor carries audits out, one after the other.',
  headers: IdempotencyKey,
  body: Type.Optional(AuditRequest),
  response: {
    202: one(Audit, 'Written down.', locationHeader),
    ...problems('idempotency_conflict'),
  },
}

const listSchema = {
  operationId: 'listAudits',
  tags,
  summary: 'List audits',
  description: 'Newest first. Audits are kept for 30 days.',
  querystring: Type.Object(
    { ...PageQuery.properties, after: Type.Optional(Type.String({ format: 'uuid', description: 'The `next` of the page before.' })) },
    { additionalProperties: false },
  ),
  response: { 200: listOf(Audit, 'A page of audits.'), ...problems() },
}

const getSchema = {
  operationId: 'getAudit',
  tags,
  summary: 'Show an audit',
  params: uuidParams('audit'),
  response: { 200: one(Audit, 'The audit.'), ...problems('not_found') },
}

export const auditRoutes =
  ({ ledger, vespaUrl, onceByKey }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/v1/audits', { schema: beginSchema, preValidation: emptyBody, preHandler: onceByKey }, async (request, reply) => {
      if (vespaUrl === undefined) {
        const errors = [{ field: 'WEAVER_VESPA_URL', problem: 'is not set', hint: 'Set it for all supervisors and workers.' }]
        throw new WeaverError('invalid_request', 'there is no Vespa to compare: WEAVER_VESPA_URL is not set', { errors })
      }
      const id = await ledger.audits.begin(tenant, 'user', request.body ?? {})
      return await reply
        .code(202)
        .header('location', `/v1/audits/${id}`)
        .send(await ledger.audits.get(tenant, id))
    })

    app.get('/v1/audits', { schema: listSchema }, async (request) => {
      const { limit, after } = pageOf(request.query)
      return await ledger.audits.list(tenant, limit, after)
    })

    app.get('/v1/audits/:id', { schema: getSchema }, async (request) => await ledger.audits.get(tenant, request.params.id))
  }
