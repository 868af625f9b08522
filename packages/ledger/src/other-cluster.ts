import type pg from 'pg'

/**
 * A database that came from a backup holds numbers of transactions that its server has not reached: nobody who follows the event log would see those
 * results, nor anything before them, until it has. They are put before all others. On the server that wrote them there are no such rows, since
 * what can be seen was committed by an older transaction.
 */
export async function adoptRestoredRows(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ foreign: boolean }>(
    `select coalesce((select max(txid) from weaver.results) >= pg_snapshot_xmax(pg_current_snapshot()), false) as foreign`,
  )
  if (rows[0]?.foreign === true)
    await client.query(`update weaver.results set txid = '0' where txid >= pg_snapshot_xmax(pg_current_snapshot())`)
}
