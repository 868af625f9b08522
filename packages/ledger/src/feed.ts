import { type Database, statement } from './database.ts'

/** A place in the event log: the transaction that committed a result, and its sequence number. */
export interface FeedPosition {
  readonly txid: string
  readonly seq: number
}

export interface FeedEntry {
  readonly position: FeedPosition
  readonly tenant: string
  readonly stream: string
  readonly streamId: string
  readonly resultId: string
  readonly key: string
  /** Milliseconds since the Unix epoch. */
  readonly committedAt: number
}

// Sequence numbers are taken before the commit, so a smaller one may appear after a larger one was read. Transactions below the
// oldest one still open can gain no predecessor any more: read only those, in the order (transaction, number), and nothing is missed.
const read = statement(
  'feed_read',
  `select r.txid::text as txid, r.seq, r.tenant, s.name as stream, s.id as stream_id, r.id as result_id, r.key, r.created_at
   from weaver.results r join weaver.streams s on s.id = r.stream_id
   where (r.txid, r.seq) > ($1::xid8, $2::bigint) and r.txid < pg_snapshot_xmin(pg_current_snapshot())
   order by r.txid, r.seq limit $3`,
)

const end = statement('feed_end', `select pg_snapshot_xmin(pg_current_snapshot())::text as txid`)

interface Row {
  txid: string
  seq: number
  tenant: string
  stream: string
  stream_id: string
  result_id: string
  key: string
  created_at: Date
}

/** The next entries after a place, oldest first; complete up to the last one answered. */
export async function readFeed(database: Database, after: FeedPosition, limit: number): Promise<readonly FeedEntry[]> {
  const rows = await database.rows<Row & Record<string, unknown>>(read, [after.txid, after.seq, limit])
  return rows.map((row) => ({
    position: { txid: row.txid, seq: row.seq },
    tenant: row.tenant,
    stream: row.stream,
    streamId: row.stream_id,
    resultId: row.result_id,
    key: row.key,
    committedAt: row.created_at.getTime(),
  }))
}

/**
 * The place from which on every result comes that is not committed yet, and perhaps some that were committed while an older transaction
 * was still open.
 */
export async function feedEnd(database: Database): Promise<FeedPosition> {
  const rows = await database.rows<{ txid: string }>(end, [])
  return { txid: rows[0]?.txid ?? '0', seq: -1 }
}
