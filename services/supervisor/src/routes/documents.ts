import { Document, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, one, pageOf, problems } from '../answers.ts'
import { DocumentSearch, searchable } from '../document-search.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Documents']

const searchSchema = {
  operationId: 'searchDocuments',
  tags,
  summary: 'Search documents',
  description:
    'Full text in the words of a web search ("quoted phrase", or, -not). From the sink `postgres` the newest come first. A stream whose documents are in Vespa is searched there, by its own ' +
    'ranking where there are words: `q` becomes a query of its language, over the fields of `fieldset default`.',
  querystring: listQuery({
    q: Type.Optional(Type.String({ maxLength: 1000, description: 'What to search for.', examples: ['alaska -quarry'] })),
    stream: Type.Optional(
      Type.String({ maxLength: 63, description: 'Only documents of this stream, by id or name.', examples: ['earthquakes'] }),
    ),
    result: Type.Optional(Type.String({ format: 'uuid', description: 'Only documents that this result wrote last.' })),
    from: Type.Optional(Type.String({ format: 'date-time', description: 'Only documents that changed then or later.' })),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'Only documents that changed then or earlier.' })),
    sink: Type.Optional(
      Type.Enum([...searchable], {
        description: 'Which sink of the stream is searched. Default: postgres where the stream has it, else the one it has.',
      }),
    ),
  }),
  response: { 200: listOf(Document, 'A page of documents.'), ...problems('not_found', 'sink_unavailable') },
}

const getSchema = {
  operationId: 'getDocument',
  tags,
  summary: 'Show a document',
  description: 'With its lineage: the record of the result that it was made of, the run that fetched it, and the versions in force.',
  params: Type.Object({
    id: Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'Id of the document, percent-encoded.',
      examples: ['earthquakes:ci38457511'],
    }),
  }),
  response: { 200: one(Document, 'The document.'), ...problems('not_found', 'sink_unavailable') },
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const documentRoutes =
  (parts: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { ledger } = parts
    const documents = new DocumentSearch(parts)
    app.addHook('onClose', async () => await documents.close())

    app.get('/v1/documents', { schema: searchSchema }, async (request, reply) => {
      const { q = '', stream, limit: _limit, after: _after, ...filters } = request.query
      const name = await streamOf(stream, filters.result)
      const query = {
        ...filters,
        ...pageOf(request.query),
        ...(q.trim() === '' ? {} : { q }),
        ...(name === undefined ? {} : { stream: name }),
      }
      const found = await documents.search(query, parts.untilGone(reply))
      return { items: found.items, next: found.next }
    })

    /** Documents carry the name of their stream, and stay when it is deleted. Those of a result are looked for in its stream. */
    async function streamOf(stream: string | undefined, result: string | undefined): Promise<string | undefined> {
      if (stream !== undefined) return uuid.test(stream) ? (await ledger.streams.get(tenant, stream)).stream.name : stream
      return result === undefined ? undefined : (await ledger.history.result(tenant, result)).stream
    }

    app.get('/v1/documents/:id', { schema: getSchema }, async (request, reply) => {
      const { id } = request.params
      const document = await documents.find(id, parts.untilGone(reply))
      if (document === undefined) throw new WeaverError('not_found', `there is no document "${id}"`)
      return document
    })
  }
