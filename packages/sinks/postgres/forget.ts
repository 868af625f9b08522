import type { ForgottenStream } from '@data-weaver/contracts'
import { type Connections, guarded } from './connection.ts'

/** Documents in one statement. */
const batch = 1000

// As a delete that a source says: the row stays, without its fields, so that who follows the changes hears of it.
const text = `
  WITH taken AS MATERIALIZED (
    SELECT tenant, id, row_number() OVER ()::integer AS change FROM (
      SELECT tenant, id FROM weaver_documents.documents
      WHERE tenant = $1 AND stream = $2 AND stream_id = $3 AND NOT deleted LIMIT $4 FOR UPDATE) locked)
  UPDATE weaver_documents.documents d
  SET deleted = true, fields = '{}', changed_at = statement_timestamp(), changed_in = pg_current_xact_id(), change = taken.change
  FROM taken WHERE d.tenant = taken.tenant AND d.id = taken.id
  RETURNING d.id`

/** Deletes the documents of a stream, a few at a time. Answers how many there were. */
export async function forgetStream(connections: Connections, { tenant, id, name }: ForgottenStream, signal: AbortSignal): Promise<number> {
  let forgotten = 0
  for (;;) {
    signal.throwIfAborted()
    const values = [tenant, name, id, batch]
    const gone = await guarded(connections.rows({ name: 'weaver_documents_forget', text, values }, signal), signal)
    forgotten += gone.length
    if (gone.length < batch) return forgotten
  }
}
