import pg from 'pg'
import { describeCrashes } from './crashes.ts'

describeCrashes('queue on PostgreSQL', async () => ({ flush: emptyTables }))

/** Empties all tables of the queue but the one that says which migrations it has. */
async function emptyTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'bullmq' and tablename <> 'migration'`,
    )
    if (rows.length < 3) throw new Error('the queue has other tables than expected')
    await client.query(`truncate ${rows.map(({ name }) => name).join(', ')}`)
  } finally {
    await client.end()
  }
}
