import type { ChangePosition, ChangeQuery, DocumentChange } from '@data-weaver/contracts'
import { type Connections, guarded } from './connection.ts'
import { type DocumentRow, documentColumns, toDocument } from './search.ts'

interface ChangeRow extends DocumentRow {
  readonly txid: string
  readonly change: number
  readonly tenant: string
  readonly deleted: boolean
  readonly json: string | null
}

const columns = documentColumns.filter((column) => column !== 'fields').join(', ')

const select = `
  SELECT changed_in::text AS txid, change, tenant, deleted, ${columns},
    CASE WHEN NOT deleted AND octet_length(fields::text) <= $4 THEN fields::text END AS json
  FROM weaver_documents.documents
  WHERE (changed_in, change) > ($1::xid8, $2::integer) AND changed_in > '0' AND ($5::text[] IS NULL OR stream = ANY ($5))`

// Transactions get their number before they commit, so a smaller one may appear after a larger one was read. Below the oldest that is still
// open none can appear any more: the shared reader stops there. Up to a place that was read everything is there.
const toTheEnd = `${select} AND changed_in < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY changed_in, change LIMIT $3`
const toAPlace = `${select} AND (changed_in, change) <= ($6::xid8, $7::integer) ORDER BY changed_in, change LIMIT $3`

export async function readChanges(
  connections: Connections,
  { after, upTo, streams, limit, maxFieldsBytes }: ChangeQuery,
): Promise<readonly DocumentChange[]> {
  const values = [after.txid, after.seq, limit, maxFieldsBytes, streams ?? null]
  const query =
    upTo === undefined
      ? { name: 'weaver_documents_changes', text: toTheEnd, values }
      : { name: 'weaver_documents_changes_between', text: toAPlace, values: [...values, upTo.txid, upTo.seq] }
  const rows = await guarded(connections.rows<ChangeRow>(query))
  return rows.map((row) => {
    const { fields: _, ...document } = toDocument({ ...row, fields: {} })
    return { position: { txid: row.txid, seq: row.change }, tenant: row.tenant, deleted: row.deleted, document, fields: row.json }
  })
}

/** Changes are numbered from 1, so this is before the first one of the oldest transaction that is open. */
export async function changesEnd(connections: Connections): Promise<ChangePosition> {
  const text = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS txid'
  const [row] = await guarded(connections.rows<{ txid: string }>({ name: 'weaver_documents_changes_end', text, values: [] }))
  return { txid: row?.txid ?? '0', seq: 0 }
}
