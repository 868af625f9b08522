import type { SearchableSink, SinkKind } from '@data-weaver/contracts'
import Type from 'typebox'
import { changesAnnouncer } from './announce.ts'
import { changesEnd, readChanges } from './changes.ts'
import { openConnections } from './connection.ts'
import { forgetStream } from './forget.ts'
import { prepareSchema } from './schema.ts'
import { findDocument, searchDocuments } from './search.ts'
import { upsertBatch } from './upsert.ts'

/** Documents in one Postgres table: jsonb fields, full-text search, the lineage in columns. */
export const postgres: SinkKind<SearchableSink> = {
  id: 'postgres',
  summary: 'Documents in PostgreSQL, with full-text search, in the database of the ledger.',
  options: Type.Object({}, { additionalProperties: false, description: 'The sink has no options: all streams share one table.' }),
  example: {},
  async open({ ledgerUrl, clock, notedInLedger = false }) {
    await prepareSchema(ledgerUrl)
    const connections = openConnections(ledgerUrl, !notedInLedger)
    const announce = changesAnnouncer(connections, clock)
    return {
      async upsert(batch, signal) {
        const rejections = await upsertBatch(connections, batch, signal)
        announce()
        return rejections
      },
      async forget(stream, signal) {
        const forgotten = await forgetStream(connections, stream, signal)
        if (forgotten > 0) announce()
        return forgotten
      },
      search: (query) => searchDocuments(connections, query),
      find: (tenant, id) => findDocument(connections, tenant, id),
      changes: { read: (query) => readChanges(connections, query), end: () => changesEnd(connections) },
      async close() {
        await announce.close()
        await connections.close()
      },
    }
  },
}
