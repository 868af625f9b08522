import { desiredStates, Operation, Stream, StreamConditionName, StreamCreate, streamOrders, StreamPatch } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { etagHeader, listOf, listQuery, locationHeader, nothing, one, pageOf, problems, StreamParams } from '../answers.ts'
import { etagOf, IfMatch, revisionOf } from '../etag.ts'
import { IdempotencyKey } from '../idempotency.ts'
import { tenant } from '../parts.ts'
import { untilComplete } from '../stop.ts'
import { changeStream, createStream, currentSpec, specOf } from '../stream-input.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']
const configProblems = [
  'unknown_adapter',
  'unknown_sink',
  'invalid_config',
  'invalid_schedule',
  'invalid_transform',
  'missing_secret',
] as const

const createSchema = {
  operationId: 'createStream',
  tags,
  summary: 'Make a stream',
  description: 'It is made stopped; start it with POST /v1/streams/{id}/start.',
  headers: IdempotencyKey,
  body: StreamCreate,
  response: {
    201: one(Stream, 'The stream, without its secrets.', { ...etagHeader, ...locationHeader }),
    ...problems('name_taken', 'idempotency_conflict', ...configProblems),
  },
}

const listSchema = {
  operationId: 'listStreams',
  tags,
  summary: 'List streams',
  description:
    'In order of name, or as `order` says. Streams without the time they are ordered by come last; those of the same time are in order of name. A stream whose time changes ' +
    'while pages are read may come on two of them or on none.',
  querystring: listQuery({
    order: Type.Optional(
      Type.Enum([...streamOrders], {
        default: 'name',
        description:
          'name. nextTick: the soonest first. goodData: the oldest good data first. changed: what nobody changed for the longest time first. With `-` the other way round.',
      }),
    ),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Part of the name, in any case.' })),
    adapter: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    pool: Type.Optional(Type.String({ minLength: 1, maxLength: 32 })),
    desired: Type.Optional(Type.Enum([...desiredStates])),
    condition: Type.Optional(StreamConditionName),
    runs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30,
        default: 0,
        description: 'So many of its newest runs come with each stream, as `lastRuns`.',
      }),
    ),
  }),
  response: { 200: listOf(Stream, 'A page of streams.'), ...problems() },
}

const getSchema = {
  operationId: 'getStream',
  tags,
  summary: 'Show a stream',
  params: StreamParams,
  response: { 200: one(Stream, 'The stream, without its secrets.', etagHeader), ...problems('not_found') },
}

const patchSchema = {
  operationId: 'changeStream',
  tags,
  summary: 'Change a stream',
  description:
    'Each field given replaces the whole field, others stay; of `secrets` only the names given change, null removes one. The result is checked ' +
    'as a whole, and makes a new version when it differs. A changed schedule takes effect at the end of the current interval.',
  params: StreamParams,
  headers: IfMatch,
  body: StreamPatch,
  response: {
    200: one(Stream, 'The stream as it is now.', etagHeader),
    ...problems('not_found', 'version_conflict', 'canary_in_progress', ...configProblems),
  },
}

const deleteSchema = {
  operationId: 'deleteStream',
  tags,
  summary: 'Delete a stream',
  description:
    'Stops it first. Runs, results and documents stay; the name becomes free. Answered when no request reaches the source any more. With `purge` stored results, their bodies and the ' +
    'documents in the sinks go as well; the operation is complete when they are gone, and the account of its runs stays.',
  params: StreamParams,
  headers: IfMatch,
  querystring: Type.Object(
    { purge: Type.Optional(Type.Boolean({ default: false, description: 'Results, bodies and documents go as well.' })) },
    { additionalProperties: false },
  ),
  response: {
    204: nothing('Deleted.'),
    202: one(Operation, 'Deleted; a run that a lost worker left behind is still being ended, or results are still being purged.'),
    ...problems('not_found', 'version_conflict'),
  },
}

export const streamRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger, reconcile } = parts

    app.post('/v1/streams', { schema: createSchema, preHandler: parts.onceByKey }, async (request, reply) => {
      const { name, adapter, secrets = {} } = request.body
      const { stream, revision } = await createStream(parts, name, adapter, specOf(request.body), secrets)
      return await reply.code(201).header('location', `/v1/streams/${stream.id}`).header('etag', etagOf(revision)).send(stream)
    })

    app.get('/v1/streams', { schema: listSchema }, async (request) => {
      const { limit: _limit, after: _after, runs, order, ...filter } = request.query
      return await ledger.streams.list({ tenant, ...pageOf(request.query), filter, order, runs })
    })

    app.get('/v1/streams/:id', { schema: getSchema }, async (request, reply) => {
      const { stream, revision } = await ledger.streams.get(tenant, request.params.id)
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.patch('/v1/streams/:id', { schema: patchSchema }, async (request, reply) => {
      const { secrets = {}, ...fields } = request.body
      const edit = (current: Stream) => ({ spec: { ...currentSpec(current), ...fields }, secrets })
      const { stream, revision } = await changeStream(parts, request.params.id, edit, revisionOf(request.headers['if-match']))
      reconcile()
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.delete('/v1/streams/:id', { schema: deleteSchema }, async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match'])
      const id = await ledger.operations.stopStream(tenant, request.params.id, { ifRevision, purge: request.query.purge }, true)
      reconcile()
      const operation = await untilComplete(parts, id, parts.untilGone(reply))
      if (operation.state === 'completed') return await reply.code(204).send(undefined)
      return await reply.code(202).send(operation)
    })
  }
