import type { Doc, ForgottenStream } from '@data-weaver/contracts'
import type { DocumentPlace } from './document.ts'
import type { VisitedDocument, Visitor } from './visit.ts'

/**
 * Deletes the documents of a stream: all of the type are looked through, as Vespa keeps no list by stream. Answers how many there were.
 * @param upsert writes deletes as the sink does
 */
export async function forgetStream(
  visitor: Visitor,
  place: DocumentPlace,
  { tenant, id, name }: ForgottenStream,
  upsert: (batch: readonly Doc[]) => Promise<unknown>,
  signal: AbortSignal,
): Promise<number> {
  let forgotten = 0
  for await (const { documents } of visitor.visit(place, signal)) {
    const own = documents.filter((document) => document.streamId === id && document.tenant === tenant && !document.deleted)
    if (own.length > 0) await upsert(own.map((document) => deletionOf(document, name)))
    forgotten += own.length
  }
  return forgotten
}

/** Newer than what is there, and older than all that comes later: `seq` counts first. */
const deletionOf = ({ id, tenant, seq, transformVersion, record, resultId, streamId }: VisitedDocument, stream: string): Doc => ({
  ...{ id, tenant, stream, seq, fields: {}, deleted: true },
  lineage: { resultId, record, runId: resultId, streamId, streamVersion: 1, transformVersion: transformVersion + 1 },
})
