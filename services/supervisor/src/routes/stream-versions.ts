import { canaryModes, Stream, StreamPatch, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { etagHeader, one, problems, StreamParams } from '../answers.ts'
import { etagOf, IfMatch, revisionOf } from '../etag.ts'
import { tenant } from '../parts.ts'
import { checkedSpec, currentSpec } from '../stream-input.ts'
import { VersionDiff, versionDiff } from '../version-diff.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']
const version = (description: string) => Type.Integer({ minimum: 1, description })

const diffSchema = {
  operationId: 'diffVersions',
  tags,
  summary: 'Compare two versions of a stream',
  params: StreamParams,
  querystring: Type.Object({ from: version('The older version.'), to: version('The newer version.') }, { additionalProperties: false }),
  response: { 200: one(VersionDiff, 'The fields in which they differ.'), ...problems('not_found') },
}

const rollbackSchema = {
  operationId: 'rollbackStream',
  tags,
  summary: 'Go back to a version',
  description:
    'The configuration of an older version becomes the newest version, in force from the end of the current interval. Secrets stay as they are.',
  params: StreamParams,
  headers: IfMatch,
  body: Type.Object({ version: version('The version to go back to.') }, { additionalProperties: false, examples: [{ version: 1 }] }),
  response: {
    200: one(Stream, 'The stream as it is now.', etagHeader),
    ...problems('not_found', 'version_conflict', 'canary_in_progress'),
  },
}

const canarySchema = {
  operationId: 'tryVersion',
  tags,
  summary: 'Try a version before it is current',
  description:
    'The changed configuration becomes a version on trial. `instead`: the next ticks run with it. `beside`: each tick runs with the current version, and once more with ' +
    'the one on trial, whose pages are stored, read and transformed, but reach no sink and move no cursor. After so many good runs in all it becomes current by itself; ' +
    'with its first failed run it is given up.',
  params: StreamParams,
  headers: IfMatch,
  body: Type.Object(
    {
      change: Type.Omit(StreamPatch, ['secrets']),
      mode: Type.Enum([...canaryModes]),
      ticks: Type.Integer({ minimum: 1, maximum: 1000, description: 'Good runs that make it current.' }),
    },
    { additionalProperties: false, examples: [{ change: { timeout: 60_000 }, mode: 'instead', ticks: 3 }] },
  ),
  response: {
    200: one(Stream, 'The stream, with its version on trial.', etagHeader),
    ...problems(
      'not_found',
      'version_conflict',
      'canary_in_progress',
      'stream_stopped',
      'invalid_config',
      'invalid_schedule',
      'invalid_transform',
      'unknown_sink',
      'missing_secret',
    ),
  },
}

const giveUpSchema = {
  operationId: 'endTrial',
  tags,
  summary: 'Give up the version on trial',
  params: StreamParams,
  headers: IfMatch,
  response: { 200: one(Stream, 'The stream.', etagHeader), ...problems('not_found', 'version_conflict') },
}

const acceptSchema = {
  operationId: 'acceptTrial',
  tags,
  summary: 'Make the version on trial current',
  description: 'It becomes current at once, whatever good runs it still needs.',
  params: StreamParams,
  headers: IfMatch,
  response: { 200: one(Stream, 'The stream.', etagHeader), ...problems('not_found', 'version_conflict') },
}

export const streamVersionRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger, reconcile } = parts

    app.get('/v1/streams/:id/diff', { schema: diffSchema }, async (request) => {
      const { from, to } = request.query
      const [older, newer] = await Promise.all([from, to].map((each) => ledger.streams.version(tenant, request.params.id, each)))
      if (older === undefined || newer === undefined) throw new WeaverError('not_found', 'the stream has no such version')
      return versionDiff(older, newer)
    })

    app.post('/v1/streams/:id/rollback', { schema: rollbackSchema }, async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match'])
      const { stream, revision } = await ledger.streams.rollback(tenant, request.params.id, request.body.version, ifRevision)
      reconcile()
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.post('/v1/streams/:id/canary', { schema: canarySchema }, async (request, reply) => {
      const { change, mode, ticks } = request.body
      const { stream, revision } = await ledger.streams.get(tenant, request.params.id)
      if (stream.desired === 'stopped') throw new WeaverError('stream_stopped', `stream "${stream.name}" is stopped; a trial needs ticks`)
      const spec = checkedSpec(stream.adapter, { ...currentSpec(stream), ...change }, stream.secretNames, parts)
      const ifRevision = revisionOf(request.headers['if-match']) ?? revision
      await ledger.trials.begin(tenant, stream.id, { spec, mode, ticks, ifRevision })
      const tried = await ledger.streams.get(tenant, stream.id)
      return await reply.header('etag', etagOf(tried.revision)).send(tried.stream)
    })

    app.post('/v1/streams/:id/canary/accept', { schema: acceptSchema }, async (request, reply) => {
      await ledger.trials.accept(tenant, request.params.id, revisionOf(request.headers['if-match']))
      reconcile()
      const { stream, revision } = await ledger.streams.get(tenant, request.params.id)
      return await reply.header('etag', etagOf(revision)).send(stream)
    })

    app.delete('/v1/streams/:id/canary', { schema: giveUpSchema }, async (request, reply) => {
      await ledger.trials.giveUp(tenant, request.params.id, revisionOf(request.headers['if-match']))
      const { stream, revision } = await ledger.streams.get(tenant, request.params.id)
      return await reply.header('etag', etagOf(revision)).send(stream)
    })
  }
