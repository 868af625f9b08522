import { Document, WeaverError } from '@data-weaver/contracts'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { listOf, listQuery, one, pageOf, problems } from '../answers.ts'
import { tenant } from '../parts.ts'
import type { RouteParts } from './route-parts.ts'

const tags = ['Documents']

const searchSchema = {
  operationId: 'searchDocuments',
  tags,
  summary: 'Search documents',
  description: 'Full text in the words of a web search ("quoted phrase", or, -not), best first; without `q` the newest first.',
  querystring: listQuery({
    q: Type.Optional(Type.String({ maxLength: 1000, description: 'What to search for.', examples: ['alaska -quarry'] })),
    stream: Type.Optional(
      Type.String({ maxLength: 63, description: 'Only documents of this stream, by id or name.', examples: ['earthquakes'] }),
    ),
  }),
  response: { 200: listOf(Document, 'A page of documents.'), ...problems('sink_unavailable') },
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
  ({ documents, ledger }: RouteParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/v1/documents', { schema: searchSchema }, async (request) => {
      const { q, stream } = request.query
      // Documents carry the name of their stream, and stay when it is deleted.
      const name = stream !== undefined && uuid.test(stream) ? (await ledger.streams.get(tenant, stream)).stream.name : stream
      const found = await documents.search({
        tenant,
        ...pageOf(request.query),
        ...(q === undefined || q.trim() === '' ? {} : { q }),
        ...(name === undefined ? {} : { stream: name }),
      })
      return { items: found.items as readonly Document[], next: found.next }
    })

    app.get('/v1/documents/:id', { schema: getSchema }, async (request) => {
      const { id } = request.params
      const document = await documents.find(tenant, id)
      if (document === undefined) throw new WeaverError('not_found', `there is no document "${id}"`)
      return document as Document
    })
  }
