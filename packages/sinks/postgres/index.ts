import type { SearchableSink, SinkKind } from '@data-weaver/contracts'
import Type from 'typebox'
import { openConnections } from './connection.ts'
import { prepareSchema } from './schema.ts'
import { findDocument, searchDocuments } from './search.ts'
import { upsertBatch } from './upsert.ts'

/** Documents in one Postgres table: jsonb fields, full-text search, the lineage in columns. */
export const postgres: SinkKind<SearchableSink> = {
  id: 'postgres',
  summary: 'Documents in PostgreSQL, with full-text search, in the database of the ledger.',
  options: Type.Object({}, { additionalProperties: false, description: 'The sink has no options: all streams share one table.' }),
  example: {},
  async open({ ledgerUrl }) {
    await prepareSchema(ledgerUrl)
    const connections = openConnections(ledgerUrl)
    return {
      upsert: (batch, signal) => upsertBatch(connections, batch, signal),
      search: (query) => searchDocuments(connections, query),
      find: (tenant, id) => findDocument(connections, tenant, id),
      close: () => connections.close(),
    }
  },
}
