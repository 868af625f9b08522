import { StreamCreate, StreamPatch } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { one, problems, StreamParams } from '../answers.ts'
import { checkStream, openSecrets } from '../check.ts'
import { CheckAnswer } from '../check-answer.ts'
import { emptyBody } from '../empty-body.ts'
import { tenant } from '../parts.ts'
import { checkedSpec, currentSpec, specOf } from '../stream-input.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Streams']
const about =
  'Asks the source as a first run would, at most 15 s, and shows the first page, its first records and documents. A live source is listened to until its first segment, ' +
  'or for 10 s. Stores and changes nothing.'

const sourceProblems = [
  ...(['missing_secret', 'egress_refused', 'auth_failed', 'source_not_found', 'source_rejected', 'not_polled'] as const),
  ...(['source_unavailable', 'source_unreachable', 'source_timeout', 'source_tls', 'source_malformed', 'source_truncated'] as const),
  ...(['source_too_large', 'source_loop', 'rate_limited', 'quota_exhausted'] as const),
] as const
const configProblems = ['unknown_adapter', 'unknown_sink', 'invalid_config', 'invalid_schedule', 'invalid_transform'] as const

const unsavedSchema = {
  operationId: 'checkUnsavedStream',
  tags,
  summary: 'Try a stream that is not saved',
  description: `Takes what makes a stream, and makes none. ${about}`,
  body: StreamCreate,
  response: {
    200: one(CheckAnswer, 'What the source answered and what becomes of it.'),
    ...problems(...configProblems, ...sourceProblems),
  },
}

const savedSchema = {
  operationId: 'checkStream',
  tags,
  summary: 'Try a stream, or a change of it',
  description: `${about} With a body the stream is tried as if it were changed so; secrets that the body does not name are those of the stream.`,
  params: StreamParams,
  body: Type.Optional(
    Type.Object(StreamPatch.properties, {
      additionalProperties: false,
      description: 'What is to be different, as in a change of the stream.',
      examples: [{ transform: { fields: { city: 'city' } } }],
    }),
  ),
  response: {
    200: one(CheckAnswer, 'What the source answered and what becomes of it.'),
    ...problems('not_found', 'secret_unreadable', ...configProblems, ...sourceProblems),
  },
}

export const checkRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/v1/check', { schema: unsavedSchema }, async (request, reply) => {
      const { name, adapter, secrets = {} } = request.body
      const { config, transform } = checkedSpec(adapter, specOf(request.body), Object.keys(secrets), parts)
      return await checkStream(parts, { name, adapter, config, transform }, secrets, parts.untilGone(reply))
    })

    app.post('/v1/streams/:id/check', { schema: savedSchema, preValidation: emptyBody }, async (request, reply) => {
      const { stream } = await parts.ledger.streams.get(tenant, request.params.id)
      const { name, adapter } = stream
      const { secrets: changed = {}, ...fields } = request.body ?? {}
      const all = { ...(await openSecrets(parts, stream)), ...changed }
      const secrets = Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
      const spec = { ...currentSpec(stream), ...fields }
      const same = Object.keys(request.body ?? {}).length === 0
      // What is saved was found right when it was saved.
      const { config, transform } = same ? spec : checkedSpec(adapter, spec, Object.keys(secrets), parts)
      return await checkStream(parts, { name, adapter, config, transform }, secrets, parts.untilGone(reply))
    })
  }
