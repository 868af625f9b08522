import { registered, type RegisteredAdapter, registeredAdapters } from '@data-weaver/adapters'
import { WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type, { type Static } from 'typebox'
import { listOf, listQuery, one, pageOf, problems } from '../answers.ts'

const tags = ['Adapters']
const schemaOf = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description })

export const AdapterAnswer = Type.Object(
  {
    id: Type.String({ examples: ['iqair'] }),
    summary: Type.String(),
    mode: Type.Enum(['poll', 'live'], { description: 'poll: runs on a schedule; live: keeps a connection open.' }),
    pushed: Type.Boolean({
      description: 'The source sends by itself, to POST /v1/ingest/{stream}: its streams have no schedule and are not tried.',
    }),
    config: schemaOf('JSON Schema of `config`.'),
    secrets: schemaOf('JSON Schema of `secrets`.'),
    example: schemaOf('A `config` that is valid.'),
    startMessage: Type.Boolean({ description: 'Whether POST /v1/workers/start can configure it.' }),
    origin: Type.Object(
      {
        kind: Type.Enum(['builtIn', 'package'], { description: 'Part of Data Weaver, or from a package that WEAVER_ADAPTERS names.' }),
        package: Type.Optional(Type.String({ description: 'Name of the package.', examples: ['weaver-adapter-weather'] })),
        version: Type.Optional(Type.String({ description: 'Version of the package; empty when it has none.', examples: ['1.2.0'] })),
      },
      { description: 'Where it is from.' },
    ),
  },
  { $id: 'Adapter' },
)

const listSchema = {
  operationId: 'listAdapters',
  tags,
  summary: 'List adapters',
  description: 'With the JSON Schemas of their configuration and secrets, and an example.',
  querystring: listQuery({}),
  response: { 200: listOf(AdapterAnswer, 'A page of adapters.'), ...problems() },
}

const getSchema = {
  operationId: 'getAdapter',
  tags,
  summary: 'Show an adapter',
  params: Type.Object({ id: Type.String({ maxLength: 64, description: 'Id of the adapter.', examples: ['iqair'] }) }),
  response: { 200: one(AdapterAnswer, 'The adapter.'), ...problems('not_found') },
}

export const adapterRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/v1/adapters', { schema: listSchema }, async (request) => {
    const { limit, after = '' } = pageOf(request.query)
    const rest = registeredAdapters().filter(({ adapter }) => adapter.id > after)
    const items = rest.slice(0, limit)
    return { items: items.map(answerOf), next: rest.length > limit ? (items.at(-1)?.adapter.id ?? null) : null }
  })

  app.get('/v1/adapters/:id', { schema: getSchema }, async (request) => {
    try {
      return answerOf(registered(request.params.id))
    } catch (error) {
      if (!(error instanceof WeaverError)) throw error
      // In a body an unknown adapter is a mistake in a field; in a path it is a thing that is not there.
      throw new WeaverError('not_found', error.message)
    }
  })
}

const answerOf = ({ adapter, origin }: RegisteredAdapter): Static<typeof AdapterAnswer> => ({
  id: adapter.id,
  summary: adapter.summary,
  mode: adapter.mode,
  pushed: adapter.pushed === true,
  config: { ...adapter.config },
  secrets: { ...adapter.secrets },
  example: { ...(adapter.example as Record<string, unknown>) },
  startMessage: adapter.startMessage !== undefined,
  origin: origin.kind === 'builtIn' ? { kind: origin.kind } : { kind: origin.kind, package: origin.package, version: origin.version },
})
